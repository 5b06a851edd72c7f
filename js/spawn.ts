/**
 * The one place where a SharedWorker is made.
 *
 * The expression has to stay as it is: bundlers (Vite, webpack, Parcel) find the worker's file by this very shape, and
 * rewrite its URL. `name` has to be a variable: webpack takes a literal one as the file's name. A script is shared by
 * tabs that name the same URL and the same name, so neither may hold anything that differs from tab to tab.
 *
 * @param url where the script is, if the application or a worker told; a TrustedScriptURL goes through untouched.
 * @throws DOMException of another origin; TypeError under Trusted Types.
 */
export function spawn(name: string, url?: string): SharedWorker {
  return url
    ? new SharedWorker(url, { type: 'module', name })
    : new SharedWorker(new URL('./worker.js', import.meta.url), { type: 'module', name });
}
