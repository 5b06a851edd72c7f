// Two components, as an app has them: each takes the stream as it is mounted and lets go of it as it is unmounted.
import { createElement, StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { connect, SharedEventSource } from 'tabmux';

const url = new URLSearchParams(location.search).get('stream');

window.mounts = { Channel: 0, DropIn: 0 };
window.problems = [];

function Channel() {
  const [heard, setHeard] = useState([]);
  useEffect(() => {
    window.mounts.Channel++;
    const hub = connect(url);
    hub.addEventListener('error', ({ detail }) => window.problems.push(detail.message));
    hub.subscribe('tick', ({ data }) => setHeard((before) => [...before, data]));
    return () => hub.close();
  }, []);
  return createElement('p', { id: 'channel' }, heard.join());
}

function DropIn() {
  const [heard, setHeard] = useState([]);
  useEffect(() => {
    window.mounts.DropIn++;
    const source = new SharedEventSource(url);
    source.addEventListener('tick', ({ data }) => setHeard((before) => [...before, data]));
    return () => source.close();
  }, []);
  return createElement('p', { id: 'drop-in' }, heard.join());
}

function App() {
  const [isShown, setShown] = useState(true);
  window.show = setShown;
  return isShown && [createElement(Channel, { key: 1 }), createElement(DropIn, { key: 2 })];
}

createRoot(document.getElementById('root')).render(createElement(StrictMode, null, createElement(App)));
