// The few lines that a framework would be used for.

/** An element with attributes and children; text stays text, whoever wrote it. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Sets text only where it differs, so that a screen reader or a selection is not disturbed by sameness. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * A list that grows at its end, up to `limit` lines. It follows the end, unless the reader has scrolled up.
 */
export function lines(list, limit) {
  return (item) => {
    const follows = list.scrollHeight - list.scrollTop - list.clientHeight < 24;
    list.querySelector('.empty')?.remove();
    list.append(item);
    while (list.childElementCount > limit) list.firstElementChild.remove();
    if (follows) list.scrollTop = list.scrollHeight;
  };
}
