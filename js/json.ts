/**
 * The top-level field `name` of the object that `json` is, if it is a string; of equal names the last. What is nested is
 * skipped by its brackets and strings, and nothing is made of it: `core/src/json.rs` does the same where there is no JS
 * string. Of JSON that `JSON.parse` refuses the answer may be a name rather than none. Never throws: the hub calls it.
 */
export function field(json: string, name: string): string | undefined {
  let depth = 0;
  let key: string | undefined;
  let isValue = false;
  let found: string | undefined;
  for (let at = 0; at < json.length; at++) {
    const sign = json[at];
    if (sign === '"') {
      const text = stringAt(json, at);
      if (!depth || text === undefined) return;
      at += text.length + 1;
      if (depth === 1) {
        const value = text.includes('\\') ? unescaped(text) : text;
        if (!isValue) key = value;
        else if (key === name) found = value;
      }
    } else if (sign === '{') depth++;
    else if (sign === '[') {
      if (!depth++) return;
    } else if (sign === '}' || sign === ']') depth--;
    else if (depth === 1) {
      if (sign === ',') isValue = false;
      if (sign === ':') {
        isValue = true;
        if (key === name) found = undefined;
      }
    }
  }
  return depth ? undefined : found;
}

/** What is between the quotes; undefined where there is no second one. */
function stringAt(json: string, at: number): string | undefined {
  let end = at;
  let escapes: number;
  do {
    end = json.indexOf('"', end + 1);
    escapes = 0;
    while (json[end - 1 - escapes] === '\\') escapes++;
  } while (escapes % 2);
  return end < 0 ? undefined : json.slice(at + 1, end);
}

function unescaped(text: string): string | undefined {
  try {
    return JSON.parse(`"${text}"`);
  } catch {
    return undefined;
  }
}
