// The machine's figures, from the channel `metrics`.

import { Chart } from './chart.js';
import { make, say } from './dom.js';
import { bytes } from './format.js';

export function charts(board, source) {
  const cpu = cell(board, 'cpu', {
    max: 100,
    label: (value) => `${value} %`,
    colors: ['--accent'],
    fill: true,
  });
  const memory = cell(board, 'memory', { max: 1, label: bytes, colors: ['--accent'], fill: true });
  const rates = { label: (value) => `${bytes(value)}/s`, colors: ['--accent', '--second', '--third'], least: 10_000 };
  const network = cell(board, 'network', { ...rates });
  const disk = cell(board, 'disk', { ...rates });

  const cores = board.querySelector('.cores');
  source.subscribe(
    'metrics',
    (event) => {
      const sample = event.json();
      const { time } = sample;
      cpu.chart.push(time, [sample.cpuTotal, ...sample.cpu]);
      cpu.now(`${Math.round(sample.cpuTotal)} %`, ` of ${sample.cpu.length} cores`);
      bars(cores, sample.cpu);

      memory.chart.max = sample.memory.total;
      memory.chart.push(time, [sample.memory.used]);
      memory.now(bytes(sample.memory.used), ` of ${bytes(sample.memory.total)}`);
      memory.note('used', `${((100 * sample.memory.used) / sample.memory.total).toFixed(1)} %`);

      network.chart.push(time, [sample.network.in, sample.network.out, sample.loopback.in]);
      network.now(`${bytes(sample.network.in + sample.network.out)}/s`, ' in and out');
      network.note('in', `${bytes(sample.network.in)}/s`);
      network.note('out', `${bytes(sample.network.out)}/s`);
      network.note('loopback', `${bytes(sample.loopback.in)}/s`);

      disk.chart.push(time, [sample.io.in, sample.io.out]);
      disk.now(`${bytes(sample.io.in + sample.io.out)}/s`, ' in and out');
      disk.note('read', `${bytes(sample.io.in)}/s`);
      disk.note('written', `${bytes(sample.io.out)}/s`);
      const { used, total } = sample.disk;
      disk.note(
        'used',
        total > 0 ? `${Math.round((100 * used) / total)} % of ${bytes(total)} full` : 'size not reported',
      );
    },
    { replay: 120 },
  );

  // An alert marks the chart it is about for as long as it stands.
  source.subscribe(
    'alert',
    (event) => {
      const { metric, state } = event.json();
      board.querySelector(`.chart.${metric}`)?.classList.toggle('alarmed', state === 'raised');
    },
    { replay: 20 },
  );
}

function cell(board, name, options) {
  const section = board.querySelector(`.chart.${name}`);
  const now = section.querySelector('.now');
  return {
    chart: new Chart(section.querySelector('canvas'), options),
    now(figure, rest) {
      now.firstChild.data = figure;
      now.lastElementChild.textContent = rest;
    },
    note: (key, text) => say(section.querySelector(`[data-note="${key}"]`), text),
  };
}

function bars(list, cores) {
  while (list.childElementCount < cores.length) list.append(make('i'));
  cores.forEach((load, index) => {
    list.children[index].style.setProperty('--load', load);
  });
}
