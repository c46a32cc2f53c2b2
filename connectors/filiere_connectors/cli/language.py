"""What the connector's command line says, in French first: one table for both languages."""

from __future__ import annotations

import os
from collections.abc import Iterable

import click

from filiere_schemas.problems import Language, Problem

EXIT_OK = 0
EXIT_REFUSED = 1  # the command was refused: nothing was done, or less than was asked
EXIT_USAGE = 2  # the command line itself is wrong
EXIT_QUARANTINE = 3  # everything else went out; some rows wait in quarantine
EXIT_WAITING = 4  # records wait in the spool; the next run sends them

_WORDS: dict[str, tuple[str, str]] = {
    "workspace-made": ("espace de travail : {folder}", "workspace: {folder}"),
    "next-keygen": (
        "ensuite : filiere-connect keygen, puis filiere-connect enroll",
        "next: filiere-connect keygen, then filiere-connect enroll",
    ),
    "key-made": ("clé de signature : {file}\nempreinte : {kid}", "signing key: {file}\nthumbprint: {kid}"),
    "ask-enrolment": ("jeton d'inscription (à usage unique)", "enrolment token (one-time)"),
    "ask-token": ("jeton d'accès du connecteur", "the connector's access token"),
    "enrolled": (
        "inscrit auprès de « {name} » (journal {origin})",
        "enrolled with “{name}” (log {origin})",
    ),
    "enrol-pending": (
        "« {name} » a reçu la demande ; son registre signe hors ligne. Relancez filiere-connect enroll plus tard.",
        "“{name}” has the request; its registrar signs offline. Run filiere-connect enroll again later.",
    ),
    "keys-ours": ("{count} entrées de clés à votre nom, toutes connues", "{count} key entries in your name, all known"),
    "keys-accepted": ("clé {kid} : {count} entrées tenues pour vôtres", "key {kid}: {count} entries taken for yours"),
    "key-rotated": (
        "nouvelle clé : {kid} ; l'ancienne ne signe plus (secrets/ended, ou sur son jeton)",
        "new key: {kid}; the old one signs no more (secrets/ended, or on its token)",
    ),
    "revoke-ask": (
        "La clé {key} ne signera plus jamais, et ce qui attend d'être envoyé sera refusé. La révoquer ?",
        "The key {key} will never sign again, and what waits to be sent will be refused. Revoke it?",
    ),
    "revoke-unasked": (
        "personne à qui demander ; pour révoquer la clé sans demander : --yes",
        "there is nobody to ask; to revoke the key without asking: --yes",
    ),
    "key-revoked": (
        "clé {kid} révoquée, entrée {index} du journal. Pour continuer : une autre clé, enroll --new-chain",
        "key {kid} revoked, entry {index} of the log. To go on: another key, enroll --new-chain",
    ),
    "header-row": (
        "{file} : en-têtes ligne {row}, {rows} lignes lues{encoding}",
        "{file}: headers in row {row}, {rows} rows read{encoding}",
    ),
    "kind": ("nature : {kind} ({sure} %)", "kind: {kind} ({sure} %)"),
    "column": (
        "  {column:<3} {header:<24} → {role:<10} {sure:>3} %{cells}{ask}",
        "  {column:<3} {header:<24} → {role:<10} {sure:>3} %{cells}{ask}",
    ),
    "cells": (" · {share} % des cellules conviennent", " · {share} % of the cells fit"),
    "to-confirm": ("   à confirmer", "   please confirm"),
    "no-role": ("(laissée)", "(left out)"),
    "key": ("clé d'une ligne : {key}", "key of a row: {key}"),
    "grouped": ("lignes groupées par : {key}", "rows grouped by: {key}"),
    "unknown-units": (
        "unités inconnues, à compléter dans [tables.unites] : {found}",
        "unknown units, to be filled in under [tables.unites]: {found}",
    ),
    "unknown-partners": (
        "partenaires à compléter dans [tables.partenaires] : {found}",
        "partners to be filled in under [tables.partenaires]: {found}",
    ),
    "flow-written": ("écrit : {file}", "written: {file}"),
    "next-preview": (
        "ensuite : filiere-connect check, preview, run",
        "next: filiere-connect check, preview, run",
    ),
    "template-written": (
        "écrit : {file} ({sheets} feuilles). Remplissez-le, puis : filiere-connect check {file}",
        "written: {file} ({sheets} sheets). Fill it in, then: filiere-connect check {file}",
    ),
    "workbook-checked": (
        "{file} : {events} événements, {problems} problèmes",
        "{file}: {events} events, {problems} problems",
    ),
    "workbook-needs-no-flow": (
        "{file} vient d'un modèle et n'a pas besoin de flux : filiere-connect check {file}, puis preview et run",
        "{file} was made from a template and needs no flow: filiere-connect check {file}, then preview and run",
    ),
    "flow-holds": ("{flow} : le flux tient ({tests} tests)", "{flow}: the flow holds ({tests} tests)"),
    "connect-holds": (
        "instance « {name} » : joignable, clé inscrite, jeton accepté",
        "instance “{name}”: reachable, key enrolled, token accepted",
    ),
    "preview-nothing": ("aperçu : rien n'est signé ni envoyé", "preview: nothing is signed or sent"),
    "standing-new": ("nouveau", "new"),
    "standing-known": ("déjà envoyé", "sent already"),
    "standing-correction": (
        "correction : déclaration d'erreur de {old}, puis événement correctif",
        "correction: error declaration of {old}, then a corrective event",
    ),
    "standing-again": ("remplace un événement refusé", "replaces a refused event"),
    "standing-refused": ("en quarantaine", "into quarantine"),
    "hash-differs": (
        "l'eventID {found} n'est pas l'empreinte de cet événement",
        "the eventID {found} is not the hash of that event",
    ),
    "skipped": ("{count} lignes écartées par le flux", "{count} rows left out by the flow"),
    "vanished": ("disparues depuis le dernier envoi : {found}", "gone since the last run: {found}"),
    "rows-read": ("{flow} : {rows} lignes lues", "{flow}: {rows} rows read"),
    "flow-summary": (
        "{flow} : {rows} lignes : {new} nouvelles, {known} connues, {corrections} corrections, {quarantined} refusées",
        "{flow}: {rows} rows: {new} new, {known} known, {corrections} corrections, {quarantined} refused",
    ),
    "waits": (
        "{count} lignes modifiées attendent : relancez avec --corrections",
        "{count} changed rows wait: run with --corrections",
    ),
    "sent": (
        "{stored} enregistrements acceptés, {refused} refusés, {published} prouvés au journal, {queued} en attente",
        "{stored} records accepted, {refused} refused, {published} proved in the log, {queued} waiting",
    ),
    "received": (
        "reçus {handled} · déjà connus {known} · rejetés {rejected}",
        "received {handled} · known already {known} · rejected {rejected}",
    ),
    "retry": ("nouvel essai dans {seconds:.0f} s : {why}", "again in {seconds:.0f} s: {why}"),
    "report": ("rapport : {file}", "report: {file}"),
    "status": (
        "en file {queued} · stockés {stored} · publiés {published} · refusés {refused} · quarantaine {quarantined}",
        "queued {queued} · stored {stored} · published {published} · refused {refused} · quarantine {quarantined}",
    ),
    "oldest": ("le plus ancien attend depuis {when}", "the oldest waits since {when}"),
    "last-receipt": ("dernier reçu : {when}", "last receipt: {when}"),
    "last-error": ("dernier échec : {why} (essai suivant {when})", "last failure: {why} (next attempt {when})"),
    "no-spool": ("rien n'a encore été lu", "nothing has been read yet"),
    "chain-unknown": ("chaîne de la clé : instance non consultée", "chain of the key: the instance was not asked"),
    "chain-missing": (
        "chaîne de la clé : enregistrements {found} manquants sur l'instance",
        "chain of the key: records {found} missing on the instance",
    ),
    "chain-withheld": (
        "ALERTE : l'instance a accusé réception des enregistrements {found} et ne les montre pas",
        "ALARM: the instance acknowledged records {found} and does not show them",
    ),
    "chain-foreign": (
        "ALERTE : l'instance montre, sous votre clé, des enregistrements que ce poste n'a pas signés ({found})",
        "ALARM: the instance shows, under your key, records that this machine did not sign ({found})",
    ),
    "not-waiting": ("l'enregistrement {number} n'attend pas l'envoi", "record {number} does not wait to be sent"),
    "quarantine-empty": ("la quarantaine est vide", "the quarantine is empty"),
    "discarded": ("n° {number} écarté", "no. {number} discarded"),
    "no-number": ("pas de n° {number} en quarantaine", "there is no no. {number} in quarantine"),
    "sealed-line": ("scellé : {fields}", "sealed: {fields}"),
    "mode-send": ("envoyé", "sent"),
    "mode-keep": ("gardé ici", "kept here"),
    "kept": (
        "{count} champs scellés gardés ici ; rien n'est envoyé",
        "{count} sealed fields are kept here; nothing is sent",
    ),
    "disclosed": (
        "{given} champs divulgués, {waiting} en attente de leur enregistrement",
        "{given} fields disclosed, {waiting} wait for their record",
    ),
    "given-back": (
        "{count} enregistrements rendus à l'instance, qui les avait perdus",
        "{count} records given back to the instance, which had lost them",
    ),
    "replayed": (
        "{left} lignes restent en quarantaine sur {before}",
        "{left} of {before} rows remain in quarantine",
    ),
}


def language() -> Language:
    """Choose the language of the terminal: English where its locale says so, else French."""
    for variable in ("FILIERE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        if value[:2] in {"en", "fr"}:
            return "en" if value.startswith("en") else "fr"
    return "fr"


def words(name: str, /, **values: object) -> str:
    """Say a sentence of the command line."""
    return _WORDS[name][0 if language() == "fr" else 1].format(**values)


def say(name: str, /, **values: object) -> None:
    """Print a sentence of the command line."""
    click.echo(printable(words(name, **values)))


def say_problems(problems: Iterable[Problem]) -> None:
    """Print problems, one a line."""
    for problem in problems:
        click.echo(printable(f"{problem.code}: {problem.message(language())}"), err=True)


def printable(text: str) -> str:
    """Replace what would move a terminal's cursor or change its colours: a file's text is a stranger's."""
    return "".join(each if each.isprintable() or each == "\n" else "?" for each in text)
