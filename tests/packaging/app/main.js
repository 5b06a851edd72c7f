// All that an app says: the rest is the bundler's defaults.
import { connect, SharedEventSource } from 'tabmux';
import 'tabmux/auto';

window.events = [];
window.problems = [];

// Same-origin, so tabmux/auto takes it; closed before it asks for anything.
const taken = new EventSource('/events');
window.installed = taken instanceof SharedEventSource;
taken.close();

const asked = new URLSearchParams(location.search);
// Where no bundler takes care of the worker the app says where it is.
const options = asked.has('worker') ? { workerUrl: asked.get('worker') } : {};
if (asked.has('transport')) options.transport = asked.get('transport');
const hub = connect(asked.get('stream'), options);
hub.addEventListener('error', ({ detail }) => window.problems.push(detail.message));
hub.subscribe('tick', (event) => window.events.push(event.json()));
