/** The body of an answer as text, chunk by chunk; one decoder rather than a stream of them, which takes more. */
export async function read(url, feed) {
  const { body } = await fetch(url);
  const reader = body.getReader();
  const decoder = new TextDecoder();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    feed(decoder.decode(part.value, { stream: true }));
  }
}
