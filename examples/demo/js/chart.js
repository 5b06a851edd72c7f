// A line chart on a canvas: the last two minutes, newest at the right edge.

const WINDOW = 120_000;
const DASHES = [[], [6, 4], [2, 3]];

export class Chart {
  #canvas;
  #options;
  #samples = [];
  #pending = false;

  /**
   * @param options.max the top of the scale; where it is left out the scale follows the data, but never below `least`
   * @param options.colors names of CSS variables, one for each series; a series without one is drawn faintly
   * @param options.fill whether the area below the first series is filled
   * @param options.label writes a value of the scale
   */
  constructor(canvas, options) {
    this.#canvas = canvas;
    this.#options = options;
    new ResizeObserver(() => this.#schedule()).observe(canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#schedule());
    // A hidden tab draws nothing; it draws once when it is seen again.
    document.addEventListener('visibilitychange', () => this.#schedule());
  }

  set max(value) {
    this.#options.max = value;
  }

  push(time, values) {
    this.#samples.push({ time, values });
    const oldest = time - WINDOW - 5000;
    while (this.#samples[0].time < oldest) this.#samples.shift();
    this.#schedule();
  }

  #schedule() {
    if (this.#pending || document.hidden) return;
    this.#pending = true;
    requestAnimationFrame(() => {
      this.#pending = false;
      this.#draw();
    });
  }

  #draw() {
    const canvas = this.#canvas;
    const { clientWidth: width, clientHeight: height } = canvas;
    if (width === 0) return;
    const scale = devicePixelRatio;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const context = canvas.getContext('2d');
    context.scale(scale, scale);
    const style = getComputedStyle(canvas);
    const color = (name) => style.getPropertyValue(name);

    const { max = this.#top(), colors, label } = this.#options;
    const newest = this.#samples.at(-1)?.time ?? 0;
    const x = (time) => width - ((newest - time) / WINDOW) * width;
    const y = (value) => height - 1 - (Math.min(value, max) / max) * (height - 16);

    context.strokeStyle = color('--line');
    context.lineWidth = 1;
    context.beginPath();
    for (const part of [0, 0.5, 1]) {
      const level = Math.round(y(max * part)) - 0.5;
      context.moveTo(0, level);
      context.lineTo(width, level);
    }
    for (let age = 30_000; age < WINDOW; age += 30_000) {
      const across = Math.round(x(newest - age)) - 0.5;
      context.moveTo(across, height);
      context.lineTo(across, height - 4);
    }
    context.stroke();
    context.fillStyle = color('--soft');
    context.font = `11px ${style.fontFamily}`;
    if (this.#samples.length > 0) context.fillText(label(max), 0, 10);

    const series = this.#samples.at(-1)?.values.length ?? 0;
    // The first series is the one that matters: it is drawn last, over the others.
    for (let index = series - 1; index >= 0; index -= 1) {
      const name = colors[index];
      context.strokeStyle = color(name ?? '--soft');
      context.globalAlpha = name ? 1 : 0.45;
      context.lineWidth = name ? 1.75 : 1;
      context.setLineDash(name ? DASHES[index % DASHES.length] : []);
      context.lineJoin = 'round';
      context.beginPath();
      for (const { time, values } of this.#samples) context.lineTo(x(time), y(values[index] ?? 0));
      context.stroke();
      if (index === 0 && this.#options.fill && this.#samples.length > 1) {
        context.lineTo(width, height);
        context.lineTo(x(this.#samples[0].time), height);
        context.fillStyle = context.strokeStyle;
        context.globalAlpha = 0.12;
        context.fill();
      }
    }
  }

  /** The next round figure (1, 2 or 5 with zeros) above all that is shown. */
  #top() {
    let most = this.#options.least;
    for (const { values } of this.#samples) for (const value of values) most = Math.max(most, value);
    const power = 10 ** Math.floor(Math.log10(most));
    return power * [1, 2, 5, 10].find((step) => power * step >= most);
  }
}
