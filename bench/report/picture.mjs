import { amount, html, LABELS } from './labels.mjs';
import { median } from './page.mjs';

const WIDTH = 480;
const LINE = 40;
const BAR = 380;

const THEMES = {
  light: { ink: '#1b1f24', soft: '#59636e', bar: '#c3ccd6', own: '#1f6feb' },
  dark: { ink: '#e6edf3', soft: '#9aa5b1', bar: '#3a4450', own: '#4493f8' },
};

/** What the README shows: the burst in Chromium, as SVG by theme. Narrow, so that it can be read on a phone. */
export function pictures({ machine, raw }) {
  const bars = Object.entries(raw.fanout)
    .map(([mode, samples]) => ({ mode, value: median(samples.map(({ rate }) => rate)) }))
    .sort((a, b) => b.value - a.value);
  return Object.fromEntries(Object.entries(THEMES).map(([theme, colors]) => [theme, picture(bars, machine, colors)]));
}

function picture(bars, machine, { ink, soft, bar, own }) {
  const most = bars[0].value;
  const top = 56;
  const height = top + bars.length * LINE + 24;
  const rows = bars.map(({ mode, value }, n) => {
    const y = top + n * LINE;
    const width = ((value / most) * BAR).toFixed(1);
    const isOwn = mode === 'tabmux';
    return `<text x="0" y="${y + 11}" fill="${ink}"${isOwn ? ' font-weight="600"' : ''}>${html(LABELS[mode] ?? mode)}</text>
<rect x="0" y="${y + 17}" width="${width}" height="13" rx="3" fill="${isOwn ? own : bar}"/>
<text x="${WIDTH}" y="${y + 28}" fill="${ink}" text-anchor="end" font-weight="600">${amount(value)}</text>`;
  });
  const { browsers, cores, cpu, later } = machine;
  const { date, load } = later?.fanout ?? machine;
  const busy = load > 1 ? `, busy: load ${load}` : '';
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="14" role="img" aria-label="Deliveries per second">
<text x="0" y="16" fill="${ink}" font-size="16" font-weight="600">Deliveries per second</text>
<text x="0" y="38" fill="${soft}">8 tabs, 20,000 events of 200 bytes in one burst</text>
${rows.join('\n')}
<text x="0" y="${height - 6}" fill="${soft}" font-size="11">${html(`${browsers.chromium}, ${cores} x ${cpu}, ${date}${busy}`)}</text>
</svg>
`;
}
