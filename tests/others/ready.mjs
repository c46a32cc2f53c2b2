// Says that Node finds every package that the tests import.
import * as jose from 'jose'
import { DataIntegrityProof } from '@digitalbazaar/data-integrity'
import { createVerifyCryptosuite } from '@digitalbazaar/eddsa-jcs-2022-cryptosuite'
import * as vc from '@digitalbazaar/vc'

console.log(typeof jose.compactVerify, typeof DataIntegrityProof, createVerifyCryptosuite().name, typeof vc.verifyCredential)
