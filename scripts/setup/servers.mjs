import { existsSync, readdirSync } from 'node:fs';
import { findNginx } from '../../tests/interop/nginx.mjs';
import { findRedis } from '../../tests/interop/redis.mjs';
import { installPackages } from './system.mjs';

const MODULES = '/usr/lib/nginx/modules';

/**
 * nginx, its module Nchan, and Redis, for the tests beside other servers. Each test starts its own; the system's are not
 * used.
 */
export async function setupServers() {
  const hasNchan = existsSync(MODULES) && readdirSync(MODULES).includes('ngx_nchan_module.so');
  if (!(findNginx() && hasNchan)) await installPackages(['nginx', 'libnginx-mod-nchan'], 'nginx with its module Nchan');
  if (!findRedis()) await installPackages(['redis-server'], 'Redis');
}
