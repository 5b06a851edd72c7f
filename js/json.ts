/**
 * The top-level field `name` of the object that `json` is, if it is a string; of equal names the last. What is nested is
 * skipped by its brackets and strings, and nothing is made of it: `core/src/json.rs` does the same where there is no JS
 * string. Of JSON that `JSON.parse` refuses the answer may be a name rather than none. Never throws: the hub calls it.
 */
export function field(json: string, name: string): string | undefined {
  let depth = 0;
  let key: string | undefined;
  let isWanted = false;
  let found: string | undefined;
  for (let at = 0; at < json.length; at++) {
    const sign = json[at];
    if (sign === '"') {
      const begin = at + 1;
      let escapes: number;
      do {
        at = json.indexOf('"', at + 1);
        if (at < 0) return;
        escapes = at;
        while (json[escapes - 1] === '\\') escapes--;
      } while ((at - escapes) % 2);
      if (depth === 1) {
        const text = unescaped(json.slice(begin, at));
        if (isWanted) found = text;
        else key = text;
      }
    } else if (sign === '{' || sign === '[') depth++;
    else if (sign === '}' || sign === ']') depth--;
    else if (depth === 1) {
      // In an array there is none, so that nothing of it is wanted.
      if (sign === ':') {
        isWanted = key === name;
        if (isWanted) found = undefined;
      }
      if (sign === ',') isWanted = false;
    }
  }
  return depth ? undefined : found;
}

/** Of what is between the quotes. */
function unescaped(text: string): string | undefined {
  try {
    return text.includes('\\') ? JSON.parse(`"${text}"`) : text;
  } catch {
    return undefined;
  }
}
