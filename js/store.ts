/**
 * What outlives the worker: last event ids, in IndexedDB, under the hub's hashes; and, under 0, which sessions were closed
 * everywhere. Opened for each use, so that it never stands in the way of whoever deletes the database.
 *
 * @param value to be written, under 0 in place of all there is; undefined reads.
 * @param maxAge ms after which it may be deleted.
 * @param answered called once: with `[value, age in ms]` of what was read, with nothing where there is nothing or once it
 * is written, or with the name of an error.
 */
export function store(
  key: number,
  value: string | number | undefined,
  maxAge: number,
  answered: (answer?: unknown) => void,
): void {
  let isDone = false;
  const done = (answer?: unknown) => {
    if (!isDone) answered(answer);
    isDone = true;
  };
  const fail = (error: unknown) => done(String(Object(error).name));
  try {
    const request = indexedDB.open('tabmux');
    request.onupgradeneeded = () => request.result.createObjectStore('ids');
    request.onerror = () => fail(request.error);
    request.onsuccess = () => {
      const database = request.result;
      try {
        const transaction = database.transaction('ids', 'readwrite');
        const ids = transaction.objectStore('ids');
        let answer: unknown;
        transaction.oncomplete = () => done(answer);
        transaction.onabort = () => fail(transaction.error);
        if (value === undefined) {
          const reading = ids.openCursor();
          reading.onsuccess = () => {
            const cursor = reading.result;
            if (!cursor) return;
            // Whatever it is: the hub looks at what it gets, and what is no entry goes.
            const { 0: kept, 1: at, 2: most } = Object(cursor.value);
            const age = Date.now() - at;
            if (cursor.key === key) answer = [kept, age];
            if (!(age <= most)) cursor.delete();
            cursor.continue();
          };
        } else {
          if (!key) ids.clear();
          ids.put([value, Date.now(), maxAge], key);
        }
      } catch (error) {
        fail(error);
      }
      // Once the transaction is over.
      database.close();
    };
  } catch (error) {
    // Where storage is forbidden. Later, like every answer: the hub is not to be called back from within its own call.
    queueMicrotask(() => fail(error));
  }
}
