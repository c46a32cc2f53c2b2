"""What a receiver can meet."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

INBOX_DAMAGED = Sentence(
    "inbox-damaged",
    "La boîte de réception « {file} » ne se lit ou ne s'écrit pas : {reason}.",
    "The inbox “{file}” cannot be read or written: {reason}.",
)
ALREADY_RECEIVING = Sentence(
    "already-receiving",
    "Une autre réception est en cours dans cet espace de travail ({file}). Attendez qu'elle se termine.",
    "This workspace is receiving already ({file}). Wait for its end.",
)
NO_BROKER = Sentence(
    "no-broker",
    "filiere.toml ne dit pas où est le courtier : broker = « amqps://… », ou recevez avec --over https.",
    "filiere.toml does not say where the broker is: broker = “amqps://…”, or receive with --over https.",
)
HANDLER_FAILED = Sentence(
    "handler-failed",
    "Le traitement de l'événement {id} échoue ({reason}). Il sera présenté de nouveau ; ceux qui suivent attendent.",
    "Handling the event {id} fails ({reason}). It will be offered again; what follows it waits.",
)
RECORD_ALTERED = Sentence(
    "record-altered",
    "L'enregistrement reçu n'a pas l'empreinte annoncée ({found}, et non {expected}).",
    "The record that came does not have the digest that it is announced with ({found}, not {expected}).",
)
NO_HANDLER = Sentence(
    "no-handler",
    "« {found} » n'est pas une fonction Python : MODULE:FONCTION, dans le dossier de travail ou installé.",
    "“{found}” is no Python function: MODULE:FUNCTION, in the working folder or installed.",
)
