import { writeFileSync } from 'node:fs';
import { page } from './page.mjs';
import { pictures } from './picture.mjs';

/** Writes the page to `file`, and beside it `…-light.svg` and `…-dark.svg` if the burst was measured. */
export function writeReport(file, result) {
  writeFileSync(file, page(result));
  if (!result.raw.fanout) return;
  for (const [theme, svg] of Object.entries(pictures(result))) {
    writeFileSync(`${file.replace(/\.html$/, '')}-${theme}.svg`, svg);
  }
}
