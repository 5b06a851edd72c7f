// The board's markup. Both pages have the same, so it stands here once.

const chart = (name, title, notes, label) => `
<section class="cell chart ${name}">
  <header><h2>${title}</h2><p class="now">–<small></small></p></header>
  <figure><canvas role="img" aria-label="${label}, the last two minutes"></canvas><figcaption>${notes}</figcaption></figure>
</section>`;

const rates = (one, other, more) =>
  `<span class="key">${one} <span data-note="${one}"></span></span>
   <span class="key second">${other} <span data-note="${other}"></span></span>${more}`;

export const BOARD = `
<div class="board">
<section class="cell multiplex">
  <h1 data-title></h1>
  <p class="figure-line" data-lead></p>
  <svg viewBox="0 0 720 200" role="img" aria-label="" data-diagram></svg>
  <div class="row">
    <button type="button" class="primary" data-open>Open another tab</button>
    <span class="soft small">Each tab you open is measured from here.</span>
  </div>
  <ul class="opened" data-opened></ul>
</section>

<section class="cell connection">
  <header><h2>Connection</h2><p class="state" data-status data-state="connecting">connecting</p></header>
  <dl class="facts" data-facts></dl>
</section>

${chart('cpu', 'CPU', '<span class="cores" aria-hidden="true"></span>', 'Load of the processor')}
${chart('memory', 'Memory', '<span class="key">used <span data-note="used"></span></span>', 'Memory in use')}
${chart(
  'network',
  'Network',
  rates('in', 'out', '<span class="key third">loopback <span data-note="loopback"></span></span>'),
  'Bytes a second over the network',
)}
${chart('disk', 'Disk', rates('read', 'written', '<span data-note="used"></span>'), 'Bytes a second read and written')}

<section class="cell third chat">
  <header><h2>Chat</h2><p class="soft small" data-presence></p></header>
  <ol class="lines" role="log" tabindex="0" aria-label="Chat messages"><li class="empty">Nobody has written yet.</li></ol>
  <form class="row">
    <label class="visually-hidden" for="chat-text">Message to everyone</label>
    <input id="chat-text" class="grow" name="text" maxlength="500" autocomplete="off" placeholder="To everyone" required>
    <button>Send</button>
  </form>
  <p class="problem" role="alert"></p>
</section>

<section class="cell third job">
  <header><h2>Job: SHA-256 of a directory</h2><p class="soft small" data-job-state>none yet</p></header>
  <form>
    <div class="row">
      <label for="job-root">Directory</label>
      <select id="job-root" class="grow" name="root"><option>sources</option></select>
    </div>
    <fieldset class="row">
      <legend class="visually-hidden">Pace</legend>
      <label><input type="radio" name="pace" value="gentle" checked> gentle</label>
      <label><input type="radio" name="pace" value="full"> full speed</label>
      <span class="soft small">gentle: 30 files and 4 MB a second at most</span>
    </fieldset>
    <div class="row">
      <button class="primary">Start</button>
      <button type="button" data-cancel disabled>Cancel</button>
    </div>
  </form>
  <p class="problem" role="alert"></p>
  <progress max="1" value="0" aria-label="Progress of the job"></progress>
  <p class="figure small" data-job-figures></p>
  <p class="file mono" data-job-file></p>
  <p class="digest mono" data-job-digest></p>
</section>

<section class="cell third notify">
  <header><h2>To all my tabs</h2><p class="soft small">nobody else gets these</p></header>
  <ol class="lines" role="log" tabindex="0" aria-label="Notifications"><li class="empty">No notification yet.</li></ol>
  <form class="row">
    <label class="visually-hidden" for="notify-text">Notification to all my tabs</label>
    <input id="notify-text" class="grow" name="text" maxlength="500" autocomplete="off" placeholder="To every tab of mine" required>
    <button>Send</button>
  </form>
  <p class="problem" role="alert"></p>
</section>

<section class="cell third events">
  <header><h2>Alerts, arrivals, losses</h2></header>
  <ol class="lines" tabindex="0" aria-label="Alerts, arrivals and losses"><li class="empty">All is quiet.</li></ol>
</section>

<section class="cell wide log">
  <header><h2>The server’s log</h2></header>
  <ol class="lines" tabindex="0" aria-label="Log lines of the server"><li class="empty">No line yet.</li></ol>
</section>
</div>`;
