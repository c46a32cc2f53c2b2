"""What `filiere doctor` has to say, in French and English: what could lose a record, and what to do about it."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

FSYNC_OFF = Sentence(
    "doctor-fsync-off",
    "PostgreSQL est réglé avec fsync=off : une coupure de courant perd des enregistrements confirmés, ou toute la base."
    " Mettez fsync=on, puis rechargez la configuration.",
    "PostgreSQL is set to fsync=off: a power cut loses acknowledged records, or the whole database. Set fsync=on, then"
    " reload the configuration.",
)
FULL_PAGE_WRITES_OFF = Sentence(
    "doctor-full-page-writes-off",
    "PostgreSQL est réglé avec full_page_writes=off : une page écrite à moitié lors d'une coupure ne se répare pas."
    " Mettez full_page_writes=on, puis rechargez la configuration.",
    "PostgreSQL is set to full_page_writes=off: a page half written in a power cut cannot be mended. Set"
    " full_page_writes=on, then reload the configuration.",
)
COMMIT_NOT_DURABLE = Sentence(
    "doctor-commit-not-durable",
    "synchronous_commit vaut {found} ({where}) : un enregistrement est confirmé avant d'être sur disque, et une coupure"
    " le perd. Retirez ce réglage ou mettez synchronous_commit=on.",
    "synchronous_commit is {found} ({where}): a record is acknowledged before it is on disk, and a power cut loses it."
    " Remove this setting, or set synchronous_commit=on.",
)
COMMIT_LOCAL = Sentence(
    "doctor-commit-local",
    "synchronous_commit vaut {found} ({where}) : aucun réplica n'est attendu, et la promotion d'un réplica perd des"
    " enregistrements confirmés. Retirez ce réglage ou mettez synchronous_commit=on.",
    "synchronous_commit is {found} ({where}): no replica is waited for, and promoting one loses acknowledged records."
    " Remove this setting, or set synchronous_commit=on.",
)
STANDBYS_ABSENT = Sentence(
    "doctor-standbys-absent",
    "synchronous_standby_names nomme {found}, mais aucun réplica synchrone n'est connecté : chaque commit attend, et"
    " celui dont l'attente est interrompue n'existe que sur ce serveur. Rétablissez le réplica, ou ne le nommez plus.",
    "synchronous_standby_names names {found}, but no synchronous replica is connected: every commit waits, and one"
    " whose wait is cancelled exists on this server alone. Bring the replica back, or name it no longer.",
)
ASYNCHRONOUS_REPLICAS = Sentence(
    "doctor-asynchronous-replicas",
    "Réplicas asynchrones : {found}. Promouvoir l'un d'eux perd les derniers enregistrements confirmés. Nommez-en un"
    " dans synchronous_standby_names, ou suivez docs/recovery.md après toute promotion.",
    "Asynchronous replicas: {found}. Promoting one of them loses the last acknowledged records. Name one in"
    " synchronous_standby_names, or follow docs/recovery.md after any promotion.",
)
REPLICAS_NOT_SHOWN = Sentence(
    "doctor-replicas-not-shown",
    "{count} réplicas sont connectés, mais l'utilisateur {user} ne peut voir s'ils sont synchrones. Donnez-lui le rôle"
    " pg_monitor (GRANT pg_monitor TO …), puis recommencez.",
    "{count} replicas are connected, but the user {user} may not see whether they are synchronous. Give it the role"
    " pg_monitor (GRANT pg_monitor TO …), then try again.",
)
DATABASE_IS_STANDBY = Sentence(
    "doctor-database-is-standby",
    "La base est un réplica en lecture seule : rien n'y est stocké. Corrigez FILIERE_DATABASE_URL ; si ce réplica doit"
    " être promu, arrêtez d'abord l'instance et suivez docs/recovery.md.",
    "The database is a read-only standby: nothing is stored in it. Correct FILIERE_DATABASE_URL; if this standby is to"
    " be promoted, stop the instance first and follow docs/recovery.md.",
)
STANDBY_PROMOTED_LATE = Sentence(
    "doctor-standby-promoted-late",
    "La base vient d'un réplica promu (chronologie {timeline}) et contient {found} enregistrements, mais {expected}"
    " sont signés : les derniers n'étaient pas répliqués. Suivez docs/recovery.md, à partir de « filiere recover ».",
    "The database comes of a promoted standby (timeline {timeline}) and holds {found} records, but {expected} are"
    " signed: the last ones were not replicated. Follow docs/recovery.md, from “filiere recover” on.",
)
BROKER_USER_OPEN = Sentence(
    "doctor-broker-user-open",
    "Le membre {member} n'est pas actif, mais son utilisateur {user} peut encore entrer sur le bus. Le worker l'exclut"
    " : vérifiez qu'il tourne et que FILIERE_BROKER_MANAGEMENT_URL y est donnée.",
    "The member {member} is not active, but its user {user} may still come in at the bus. The worker shuts it out: see"
    " that it runs and is given FILIERE_BROKER_MANAGEMENT_URL.",
)
BROKER_USER_DIFFERS = Sentence(
    "doctor-broker-user-differs",
    "L'utilisateur {user} du membre {member} a sur le bus d'autres droits que de lire sa file. Le worker les rétablit.",
    "The user {user} of the member {member} has other rights at the bus than to read its queue. The worker restores"
    " them.",
)
BROKER_USERS_UNKNOWN = Sentence(
    "doctor-broker-users-unknown",
    "On ne sait pas si les membres suspendus sont exclus du bus : {reason}. Corrigez FILIERE_BROKER_MANAGEMENT_URL, ou"
    " rétablissez la gestion du courtier.",
    "It is not known whether suspended members are shut out of the bus: {reason}. Correct"
    " FILIERE_BROKER_MANAGEMENT_URL, or bring the broker's management back.",
)
BROKER_USERS_BY_HAND = Sentence(
    "doctor-broker-users-by-hand",
    "{count} membres ne sont pas actifs ; leurs droits sur le bus se retirent à la main (docs/bus.md), et rien ici ne"
    " le vérifie. Donnez FILIERE_BROKER_MANAGEMENT_URL, et le worker s'en charge.",
    "{count} members are not active; their rights at the bus are taken away by hand (docs/bus.md), and nothing here"
    " checks it. Give FILIERE_BROKER_MANAGEMENT_URL, and the worker does it.",
)
DATABASE_BEHIND = Sentence(
    "doctor-database-behind",
    "La base contient {found} enregistrements, mais {expected} sont signés. Remettez la base plus récente en place, ou"
    " suivez docs/recovery.md, à partir de « filiere recover ».",
    "The database holds {found} records, but {expected} are signed. Put the newer database back, or follow"
    " docs/recovery.md, from “filiere recover” on.",
)
DATABASE_NOT_READY = Sentence(
    "doctor-database-not-ready",
    "La base ne répond pas, ou n'a pas le schéma de cette version : le reste n'a pu être examiné. Démarrez-la, puis"
    " « filiere init » (nouvelle instance) ou « filiere migrate ».",
    "The database does not answer, or has not this release's schema: the rest could not be examined. Start it, then"
    " “filiere init” (new instance) or “filiere migrate”.",
)
INSTANCE_CLOSED = Sentence(
    "doctor-instance-closed",
    "L'instance est fermée ({found}) : elle n'accepte aucun enregistrement. docs/recovery.md dit comment elle s'ouvre.",
    "The instance is closed ({found}): it takes no record. docs/recovery.md says how it opens.",
)
SQLITE_NOT_SYNCHRONOUS = Sentence(
    "doctor-sqlite-not-synchronous",
    "SQLite écrit avec synchronous={found}, au-dessous de FULL (2) : une coupure perd des enregistrements confirmés."
    " Installez le Python de cette version ; l'instance demande elle-même FULL.",
    "SQLite writes with synchronous={found}, below FULL (2): a power cut loses acknowledged records. Install this"
    " release's Python; the instance itself asks for FULL.",
)
SQLITE_NOT_WAL = Sentence(
    "doctor-sqlite-not-wal",
    "SQLite écrit avec journal_mode={found} au lieu de wal : ce système de fichiers ne le permet pas, ou un autre"
    " programme tient la base. Fermez-le, ou placez FILIERE_DATA_DIR sur un disque local.",
    "SQLite writes with journal_mode={found} instead of wal: this file system does not allow it, or another program"
    " holds the database. Close it, or put FILIERE_DATA_DIR on a local disk.",
)
NETWORK_FILE_SYSTEM = Sentence(
    "doctor-network-file-system",
    "{folder} est sur un système de fichiers en réseau ({found}), dont les verrous et les écritures ne sont pas sûrs"
    " pour SQLite ni pour l'ancre du journal. Placez FILIERE_DATA_DIR sur un disque local.",
    "{folder} is on a network file system ({found}), whose locks and writes are not safe for SQLite or for the log's"
    " anchor. Put FILIERE_DATA_DIR on a local disk.",
)
VOLATILE_FILE_SYSTEM = Sentence(
    "doctor-volatile-file-system",
    "{folder} est en mémoire ({found}) : un redémarrage perd tout. Placez FILIERE_DATA_DIR sur un disque.",
    "{folder} is in memory ({found}): a restart of the machine loses all of it. Put FILIERE_DATA_DIR on a disk.",
)
CLOCK_DRIFT = Sentence(
    "doctor-clock-drift",
    "L'horloge de cette machine diffère de {seconds} s de celle de la base : les dates des reçus en dépendent."
    " Synchronisez les deux machines (NTP).",
    "This machine's clock differs by {seconds} s from the database's: the dates of receipts hang on it. Synchronise"
    " both machines (NTP).",
)
KEY_FILE_EXPOSED = Sentence(
    "doctor-key-file-exposed",
    "D'autres que son propriétaire peuvent lire ou remplacer {path} (mode {found}). Faites « chmod {expected} » et,"
    " si quelqu'un a pu le lire, changez la clé (docs/operations.md).",
    "Others than its owner can read or replace {path} (mode {found}). Run “chmod {expected}” and, if somebody may have"
    " read it, let another key follow (docs/operations.md).",
)
KEY_FILE_OWNER = Sentence(
    "doctor-key-file-owner",
    "{path} appartient à l'utilisateur {found}, le dossier de données à {expected}. Faites « chown {expected} » : seule"
    " l'instance doit avoir ses clés.",
    "{path} is owned by user {found}, the data folder by {expected}. Run “chown {expected}”: the instance alone is to"
    " have its keys.",
)
DISK_NEARLY_FULL = Sentence(
    "doctor-disk-nearly-full",
    "Il reste {found} Mo pour {folder}. Libérez de la place : sans elle rien n'est plus stocké ni publié.",
    "{found} MB are left for {folder}. Make room: without it nothing is stored or published any more.",
)
ANCHOR_BEHIND = Sentence(
    "doctor-anchor-behind",
    "L'ancre (log.anchor) connaît {found} enregistrements, le point de contrôle servi {expected} : l'ancre manque, ou"
    " une ancienne l'a remplacée. Démarrez le publieur : il la récrit ; et cherchez qui l'a remplacée.",
    "The anchor (log.anchor) knows {found} records, the served checkpoint {expected}: the anchor is missing, or an old"
    " one has replaced it. Start the publisher, which writes it again; and find out who replaced it.",
)
ANCHOR_NOT_SERVED = Sentence(
    "doctor-anchor-not-served",
    "L'ancre connaît depuis {seconds} s {expected} enregistrements, mais {found} sont servis : le publieur est arrêté,"
    " ou attend ses témoins. Démarrez « filiere worker » ; /readyz dit ce qui manque.",
    "The anchor has known {expected} records for {seconds} s, but {found} are served: the publisher is stopped, or"
    " waits for its witnesses. Start “filiere worker”; /readyz says what is missing.",
)
HEAD_UNREADABLE = Sentence(
    "doctor-head-unreadable",
    "{path} n'est pas un point de contrôle ({reason}). Rendez ce fichier d'une sauvegarde, sans toucher aux autres.",
    "{path} is no checkpoint ({reason}). Put this file back from a backup, and leave the others alone.",
)
HEADS_FORKED = Sentence(
    "doctor-heads-forked",
    "L'ancre et le point de contrôle servi portent des racines différentes pour {size} enregistrements. Arrêtez"
    " l'instance, gardez les deux fichiers, prévenez les membres et les auditeurs.",
    "The anchor and the served checkpoint have different roots for {size} records. Stop the instance, keep both files,"
    " tell members and auditors.",
)
POLICY_CANNOT_BE_MET = Sentence(
    "doctor-policy-cannot-be-met",
    "La règle FILIERE_WITNESS_POLICY ne peut être suivie : {reason} Rien ne sera publié : corrigez le fichier.",
    "The policy FILIERE_WITNESS_POLICY cannot be met: {reason} Nothing will be published: correct the file.",
)
PUBLISHER_WAITS = Sentence(
    "doctor-publisher-waits",
    "Le publieur ne publie pas depuis {since} ({reason}). Lisez docs/errors.md à ce code.",
    "The publisher has not published since {since} ({reason}). Read docs/errors.md at that code.",
)
PUBLISHER_LEFTOVERS = Sentence(
    "doctor-publisher-leftovers",
    "{count} fichiers d'un publieur arrêté en pleine écriture restent dans {folder}, et aucun ne publie à présent."
    " Démarrez « filiere worker » : il les enlève et reprend.",
    "{count} files of a publisher that was stopped while it wrote are left in {folder}, and none publishes now. Start"
    " “filiere worker”: it removes them and goes on.",
)
