import { startNginx } from './nginx.mjs';

/** The configuration of README's recipe; all else comes from the test server, on port `pages`. */
const locations = (pages, store) => `
  location = /publish {
    ${store}
    nchan_publisher;
    nchan_channel_id $arg_topic;
    nchan_message_timeout 5m;
  }
  location = /events {
    ${store}
    nchan_subscriber eventsource;
    nchan_channel_id $arg_topics;
    nchan_channel_id_split_delimiter ",";
    nchan_subscriber_first_message newest;
    nchan_subscriber_last_message_id $http_last_event_id $arg_last_event_id;
  }
  location / { proxy_pass http://127.0.0.1:${pages}; }`;

/**
 * An nginx with Nchan, where Debian's package puts the module. With the port of a Redis it keeps its messages there: they
 * outlive it, and other nginxes share them.
 */
export const startNchan = (pages, { redis } = {}) =>
  startNginx(locations(pages, redis ? 'nchan_redis_pass store;' : ''), {
    head: 'load_module /usr/lib/nginx/modules/ngx_nchan_module.so;',
    http: redis ? `upstream store { nchan_redis_server redis://127.0.0.1:${redis}; }` : '',
  });

export async function publish(nginx, topic, event, data) {
  const response = await fetch(`${nginx.origin()}/publish?topic=${topic}`, {
    method: 'POST',
    headers: { 'x-eventsource-event': event, 'content-type': 'text/plain' },
    body: data,
  });
  if (!response.ok) throw new Error(`publishing: ${response.status}`);
  await response.arrayBuffer();
}
