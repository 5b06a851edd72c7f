/**
 * A reporter for node:test that writes one JSON line with the counts, for the summary over all stages. A test that was
 * skipped or is still to be written has not passed, so it is counted apart.
 */
export default async function* countReporter(events) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.details?.type === 'suite') {
      // A suite counts by its tests, but one whose own hook failed has none that could tell.
      if (type === 'test:fail' && data.details.error?.failureType !== 'subtestsFailed') counts.failed += 1;
      continue;
    }
    if (type === 'test:fail') counts.failed += 1;
    else if (data.skip !== undefined || data.todo !== undefined) counts.skipped += 1;
    else counts.passed += 1;
  }
  yield `${JSON.stringify(counts)}\n`;
}
