import { existsSync, readdirSync } from 'node:fs';
import { findNginx } from '../../tests/interop/nginx.mjs';
import { installPackages } from './system.mjs';

const MODULES = '/usr/lib/nginx/modules';

/** nginx and its module Nchan, for the tests beside other servers. Each test starts one of its own; the system's is not used. */
export async function setupNginx() {
  const hasNchan = existsSync(MODULES) && readdirSync(MODULES).includes('ngx_nchan_module.so');
  if (findNginx() && hasNchan) return;
  await installPackages(['nginx', 'libnginx-mod-nchan'], 'nginx with its module Nchan');
}
