// The audits of the package graphql-http: each requirement and recommendation of GraphQL over HTTP.

import assert from 'node:assert/strict';

import { serverAudits } from 'graphql-http';

import { test, url } from './desk.js';

const audits = serverAudits({ url, fetchFn: fetch });

test('there are audits', () => assert.ok(audits.length > 50, `${audits.length}`));

for (const audit of audits) {
  test(`${audit.id} ${audit.name}`, async () => {
    const result = await audit.fn();
    assert.equal(result.status, 'ok', result.reason);
  });
}
