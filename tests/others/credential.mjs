// Verifies a credential from standard input with Digital Bazaar's libraries alone; nothing is fetched.
import { readFileSync } from 'node:fs'
import jsigs from 'jsonld-signatures'
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey'
import { DataIntegrityProof } from '@digitalbazaar/data-integrity'
import { createVerifyCryptosuite } from '@digitalbazaar/eddsa-jcs-2022-cryptosuite'

const credential = JSON.parse(readFileSync(0, 'utf8'))
const did = credential.issuer.id
const multikey = did.slice('did:key:'.length)
const method = {
  '@context': 'https://w3id.org/security/multikey/v1',
  id: `${did}#${multikey}`,
  type: 'Multikey',
  controller: did,
  publicKeyMultibase: multikey,
}
await Ed25519Multikey.from(method)
const known = {
  [method.id]: method,
  [did]: {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
    id: did,
    assertionMethod: [method.id],
    verificationMethod: [method],
  },
}
async function documentLoader(url) {
  if (!(url in known)) throw new Error(`not fetched: ${url}`)
  return { contextUrl: null, documentUrl: url, document: known[url] }
}

const suite = new DataIntegrityProof({ cryptosuite: createVerifyCryptosuite() })
const purpose = new jsigs.purposes.AssertionProofPurpose()
const result = await jsigs.verify(credential, { suite, purpose, documentLoader })
if (!result.verified) console.error(JSON.stringify(result.error?.errors?.map(String) ?? String(result.error)))
console.log(result.verified ? 'verified' : 'refused')
