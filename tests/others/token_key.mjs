// Verifies a compact JWS with npm `jose` and a JWK alone, ES256 and nothing else.
// In: {"jws": "...", "jwk": {...}}; out: the payload's text, or {"refused": "<code>"}.
import { readFileSync } from 'node:fs'
import { compactVerify, importJWK } from 'jose'

const { jws, jwk } = JSON.parse(readFileSync(0, 'utf8'))
try {
  const { payload } = await compactVerify(jws, await importJWK(jwk, 'ES256'), { algorithms: ['ES256'] })
  console.log(JSON.stringify({ payload: new TextDecoder().decode(payload) }))
} catch (error) {
  console.log(JSON.stringify({ refused: error.code }))
}
