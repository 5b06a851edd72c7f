// The picture of tabs, wires and server. It is drawn from what was measured: tabs that answered, connections that are
// open.

const SVG = 'http://www.w3.org/2000/svg';
const HEIGHT = 190;
const MOST = 20;

export class Diagram {
  #svg;
  #drawn = '';
  #state = { kind: 'plain', tabs: 1, connected: 0, isOpen: false };
  #pulse = null;

  constructor(svg) {
    this.#svg = svg;
    new ResizeObserver(() => this.#draw()).observe(svg.parentElement);
  }

  /**
   * @param state `kind`, `tabs` and how many of them are `connected` (of tabmux: 1 if the one connection is open), and
   *   whether that of this tab `isOpen`
   */
  show(state) {
    this.#state = state;
    this.#draw();
  }

  /** An event has come: a dot runs along the trunk. */
  pulse() {
    this.#pulse?.classList.remove('go');
    // Reading a layout value makes the browser notice that the class was gone, or the animation would not start anew.
    this.#pulse?.getBoundingClientRect();
    this.#pulse?.classList.add('go');
  }

  #draw() {
    const width = Math.max(280, Math.round(this.#svg.clientWidth));
    const { kind, tabs, connected, isOpen } = this.#state;
    const key = [width, kind, tabs, connected, isOpen].join();
    if (key === this.#drawn) return;
    this.#drawn = key;
    this.#svg.setAttribute('viewBox', `0 0 ${width} ${HEIGHT}`);
    this.#svg.setAttribute('aria-label', describe(this.#state));
    const [left, middle, right] = [34, width * 0.56, width - 40];
    const parts =
      kind === 'tabmux' ? shared(this.#state, left, middle, right) : single(this.#state, left, middle, right);
    this.#svg.replaceChildren(...parts);
    this.#pulse = this.#svg.querySelector('.pulse');
  }
}

function describe({ kind, tabs, connected }) {
  const shown = `${tabs} ${tabs === 1 ? 'tab' : 'tabs'}`;
  if (kind === 'tabmux') return `${shown} joined by the hub to one connection to the server`;
  return `${shown}, each with a connection of its own to the server; ${connected} of them are connected`;
}

/** All wires meet in the hub; one trunk leads to the server. */
function shared({ tabs, connected }, left, middle, right) {
  const centre = HEIGHT / 2 - 8;
  const parts = [];
  for (const y of rows(tabs)) {
    parts.push(part('path', { class: 'wire open', d: curve(left + 11, y, middle - 13, centre) }));
  }
  parts.push(
    part('path', { class: connected ? 'trunk' : 'wire waiting', d: `M${middle + 13},${centre}H${right - 15}` }),
    part('circle', { class: 'node', cx: middle, cy: centre, r: 13 }),
    words(middle, centre + 34, 'hub', 'strong'),
    words(middle, centre + 50, 'in the SharedWorker'),
    // On a phone the trunk is shorter than the words: they go above hub and server.
    words(
      (middle + right) / 2,
      centre - (right - middle < 160 ? 28 : 12),
      connected ? 'one connection' : 'no connection',
    ),
    ...server(right, centre),
  );
  const pulse = part('circle', { class: 'pulse', cy: centre, r: 4 });
  pulse.style.setProperty('--from', `${right - 16}px`);
  pulse.style.setProperty('--to', `${middle + 14}px`);
  parts.push(pulse, ...nodes(tabs, left));
  return parts;
}

/** Each tab has a wire; those beyond the browser's six end in front of the gate. */
function single({ tabs, connected, isOpen }, left, middle, right) {
  const centre = HEIGHT / 2 - 8;
  const parts = [];
  rows(tabs).forEach((y, index) => {
    const hasOne = index < connected;
    const d = hasOne ? curve(left + 11, y, right - 15, centre) : curve(left + 11, y, middle - 8, centre);
    parts.push(part('path', { class: hasOne ? 'wire open' : 'wire waiting', d }));
  });
  parts.push(...server(right, centre), ...nodes(tabs, left, isOpen ? 0 : tabs - 1));
  const waiting = tabs - connected;
  if (waiting > 0) parts.push(words(middle, HEIGHT - 6, `${waiting} waiting: six per host`, 'strong'));
  return parts;
}

/** Where the tabs stand; one more than can be drawn is told in words. */
function rows(tabs) {
  const shown = Math.min(tabs, MOST);
  const step = Math.min(26, (HEIGHT - 36) / shown);
  const first = HEIGHT / 2 - 8 - (step * (shown - 1)) / 2;
  return Array.from({ length: shown }, (_, index) => first + index * step);
}

/** @param own which of them is this tab */
function nodes(tabs, left, own = 0) {
  const places = rows(tabs);
  const height = places.length > 8 ? 5 : 13;
  const parts = places.map((y, index) =>
    part('rect', {
      class: index === own ? 'node own' : 'node',
      x: left - 11,
      y: y - height / 2,
      width: 22,
      height,
      rx: 2,
    }),
  );
  const text = tabs > MOST ? `${tabs} tabs, ${MOST} drawn` : tabs === 1 ? 'this tab' : `${tabs} tabs`;
  return [...parts, words(left, HEIGHT - 6, text, 'strong')];
}

function server(right, centre) {
  return [
    part('rect', { class: 'node', x: right - 15, y: centre - 20, width: 30, height: 40, rx: 3 }),
    part('path', {
      class: 'wire',
      d: `M${right - 8},${centre - 8}h16M${right - 8},${centre}h16M${right - 8},${centre + 8}h16`,
    }),
    words(right, centre + 38, 'server', 'strong'),
  ];
}

function curve(x1, y1, x2, y2) {
  const bend = (x1 + x2) / 2;
  return `M${x1},${y1}C${bend},${y1} ${bend},${y2} ${x2},${y2}`;
}

function words(x, y, text, kind = '') {
  const element = part('text', { x, y, 'text-anchor': 'middle', class: kind });
  element.textContent = text;
  return element;
}

function part(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
