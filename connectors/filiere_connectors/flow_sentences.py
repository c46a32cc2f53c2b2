"""What can be wrong with a flow or a workspace file; each names the file, the key, and what to do."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

FLOW_NOT_FOUND = Sentence(
    "flow-not-found",
    "Le fichier « {file} » est introuvable. Vérifiez son nom, ou créez un flux : filiere-connect init --from FICHIER.",
    "The file “{file}” cannot be found. Check its name, or make a flow: filiere-connect init --from FILE.",
)
FLOW_NOT_TOML = Sentence(
    "flow-not-toml",
    "« {file} » n'est pas un fichier TOML lisible : {reason}.",
    "“{file}” is not a readable TOML file: {reason}.",
)
FLOW_MISSING_KEY = Sentence(
    "flow-missing-key",
    "« {file} » : il manque {key}. Attendu : {expected}.",
    "“{file}”: {key} is missing. Expected: {expected}.",
)
FLOW_UNKNOWN_KEY = Sentence(
    "flow-unknown-key",
    "« {file} » : la clé {key} n'existe pas. Clés possibles : {expected}.",
    "“{file}”: there is no key {key}. Possible keys: {expected}.",
)
FLOW_WRONG_VALUE = Sentence(
    "flow-wrong-value",
    "« {file} » : {key} vaut « {found} ». Attendu : {expected}.",
    "“{file}”: {key} is “{found}”. Expected: {expected}.",
)
FLOW_UNKNOWN_COLUMN = Sentence(
    "flow-unknown-column",
    "« {file} » : {key} demande la colonne « {found} », absente de « {source} ». La plus proche : {expected}.",
    "“{file}”: {key} asks for the column “{found}”, which “{source}” does not have. The nearest: {expected}.",
)
FLOW_UNUSED_TABLE = Sentence(
    "flow-unused-table",
    "« {file} » : la table « {key} » n'est utilisée nulle part.",
    "“{file}”: the table “{key}” is used nowhere.",
)
FLOW_TEST_FAILED = Sentence(
    "flow-test-failed",
    "« {file} » : le test {number} donne {found} au lieu de {expected}.",
    "“{file}”: test {number} gives {found} instead of {expected}.",
)
FLOW_NEVER_SEALED = Sentence(
    "flow-never-sealed",
    "« {file} » : {key} ne peut être scellé dans aucune filière : une trace repose dessus. Retirez cette ligne.",
    "“{file}”: {key} can be sealed in no sector: a trace rests on it. Take this line out.",
)
FLOW_SEALED_TWICE = Sentence(
    "flow-sealed-twice",
    "« {file} » : {key} est déjà scellé par {other}. Gardez l'un des deux.",
    "“{file}”: {key} is sealed by {other} already. Keep one of the two.",
)
FLOW_NOT_SEALABLE = Sentence(
    "flow-not-sealable",
    "« {file} » : {key} ({found}) : la filière permet de sceller {expected}. À relire : check --connect.",
    "“{file}”: {key} ({found}): the sector allows to seal {expected}. To ask again: check --connect.",
)
