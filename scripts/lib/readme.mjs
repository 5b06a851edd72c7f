import { readFileSync, writeFileSync } from 'node:fs';
import { inRoot } from './paths.mjs';
import { Failure } from './run.mjs';

const between = (mark) => new RegExp(`(<!-- ${mark}:begin -->\\n)([\\s\\S]*?)\\n(<!-- ${mark}:end -->)`);

const file = inRoot('README.md');

/** What the README has between the markers of that name. */
export function inReadme(mark) {
  const found = between(mark).exec(readFileSync(file, 'utf8'));
  if (!found) throw new Failure(`the README has no markers ${mark}:begin and ${mark}:end`);
  return found[2];
}

export function writeReadme(mark, text) {
  inReadme(mark);
  const put = (_, begin, __, end) => `${begin}${text}\n${end}`;
  writeFileSync(file, readFileSync(file, 'utf8').replace(between(mark), put));
}
