// All that an app says: the rest is the bundler's defaults.
import { connect, SharedEventSource } from 'tabmux';
import 'tabmux/auto';

window.events = [];
window.problems = [];
window.installed = globalThis.EventSource === SharedEventSource;

const hub = connect(new URLSearchParams(location.search).get('stream'));
hub.addEventListener('error', ({ detail }) => window.problems.push(detail.message));
hub.subscribe('tick', (event) => window.events.push(event.json()));
