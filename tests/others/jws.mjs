// Verifies compact JWS with npm's jose alone, under the keys that it is given.
// In: [{"jws": "...", "jwk": {...}, "alg": "..."}, ...]; out: one line each, "holds" or "fails".
import { readFileSync } from 'node:fs'
import { compactVerify, importJWK } from 'jose'

for (const { jws, jwk, alg } of JSON.parse(readFileSync(0, 'utf8'))) {
  try {
    await compactVerify(jws, await importJWK(jwk, alg), { algorithms: [alg] })
    console.log('holds')
  } catch (error) {
    console.log('fails')
  }
}
