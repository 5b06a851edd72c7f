/** Bytes after which another decoder takes over: Safari up to 18.4 throws once one has had 2 GiB (WebKit bug 280593). */
const ENOUGH = 2 ** 30;

let decoder: TextDecoder;
let left = 0;

/** UTF-8, with what is no text as U+FFFD, and a BOM as what it says it is. */
export function decode(bytes: Uint8Array): string {
  left -= bytes.length;
  if (left < 0 || !decoder) {
    decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    left = ENOUGH;
  }
  return decoder.decode(bytes);
}
