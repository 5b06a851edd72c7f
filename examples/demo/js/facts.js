import { make, say } from './dom.js';

/** A list of facts in `list`, an element `dl`: gives a function that sets the text of one, by its label. */
export function facts(list, labels) {
  const values = new Map(
    labels.map((label) => {
      const value = make('dd', {}, '–');
      list.append(make('dt', {}, label), value);
      return [label, value];
    }),
  );
  return (label, text) => say(values.get(label), String(text));
}
