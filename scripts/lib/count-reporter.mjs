/**
 * A reporter for node:test that writes one JSON line with the counts and what the failed tests said, for the summary over
 * all stages. A test that was skipped or is still to be written has not passed, so it is counted apart.
 */
export default async function* countReporter(events) {
  const counts = { passed: 0, failed: 0, skipped: 0, failures: [] };
  const fail = ({ name, details }) => {
    counts.failed += 1;
    const { error } = details;
    counts.failures.push(`${name}\n${error?.cause?.stack ?? error?.message ?? error}`);
  };
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.details?.type === 'suite') {
      // A suite counts by its tests, but one whose own hook failed has none that could tell.
      if (type === 'test:fail' && data.details.error?.failureType !== 'subtestsFailed') fail(data);
      continue;
    }
    if (type === 'test:fail') fail(data);
    else if (data.skip !== undefined || data.todo !== undefined) counts.skipped += 1;
    else counts.passed += 1;
  }
  yield `${JSON.stringify(counts)}\n`;
}
