"""What the pages say, in French first; numbers and instants as a reader of the language writes them.

Source: Unicode CLDR, through Babel.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent

from filiere_platform.domain.instant import iso_instant
from filiere_platform.web import (
    words_account,
    words_administration,
    words_admission,
    words_case,
    words_delivery,
    words_finding,
    words_inquiry,
    words_investigation,
    words_link,
    words_lot,
    words_mandate,
    words_master_data,
    words_person,
    words_proof,
    words_recall,
    words_report,
    words_sharing,
    words_supplier,
    words_view,
)
from filiere_schemas.problems import Language

ZONE: Final = ZoneInfo("Europe/Paris")  # the clock of the pages
_LAST_SECOND: Final = time(23, 59, 59)

_SENTENCES: Final[dict[str, tuple[str, str]]] = {
    **words_administration.SENTENCES,
    **words_link.SENTENCES,
    **words_lot.SENTENCES,
    **words_inquiry.SENTENCES,
    **words_mandate.SENTENCES,
    **words_master_data.SENTENCES,
    **words_admission.SENTENCES,
    **words_delivery.SENTENCES,
    **words_finding.SENTENCES,
    **words_recall.SENTENCES,
    **words_case.SENTENCES,
    **words_account.SENTENCES,
    **words_investigation.SENTENCES,
    **words_report.SENTENCES,
    **words_sharing.SENTENCES,
    **words_person.SENTENCES,
    **words_proof.SENTENCES,
    **words_view.SENTENCES,
    **words_supplier.SENTENCES,
    "title": ("Traçabilité de la filière", "Traceability of the sector"),
    "skip": ("Aller au contenu", "Skip to the content"),
    "other-language": ("English", "Français"),
    "sign-in": ("Se connecter", "Sign in"),
    "sign-out": ("Se déconnecter", "Sign out"),
    "signed-in-as": ("Connecté : {name}", "Signed in: {name}"),
    "not-signed-in": (
        "Vous n'êtes pas connecté : seuls les événements publics sont visibles.",
        "You are not signed in: only public events are visible.",
    ),
    "token": ("Jeton d'accès", "Access token"),
    "token-help": (
        "Celui que votre filière vous a remis (fil_…). Il n'est pas conservé.",
        "The one that your sector body gave you (fil_…). It is not kept.",
    ),
    "search": ("Chercher", "Search"),
    "search-label": ("Lot, palette ou article", "Lot, pallet or item"),
    "search-help": (
        "Un GS1 Digital Link, une URN, un code lu : (01)03612345678904(10)F0304, ou un SSCC.",
        "A GS1 Digital Link, a URN, a scanned code: (01)03612345678904(10)F0304, or an SSCC.",
    ),
    "recent": ("Derniers objets visibles", "Latest visible objects"),
    "recent-none": ("Aucun objet visible pour l'instant.", "No visible object so far."),
    "lot": ("Objet", "Object"),
    "both": ("amont et aval", "both ways"),
    "up": ("amont", "upstream"),
    "down": ("aval", "downstream"),
    "direction": ("Sens", "Direction"),
    "verdict": ("Verdict", "Verdict"),
    "all-verified": (
        "{count} enregistrements vérifiés : signature, clé, place dans le journal.",
        "{count} records verified: signature, key, place in the log.",
    ),
    "some-failed": (
        "{failed} enregistrements sur {count} ne tiennent pas.",
        "{failed} records of {count} do not hold.",
    ),
    "not-verified": (
        "Cette machine n'a pas de quoi vérifier : téléchargez le dossier.",
        "This machine cannot verify: download the bundle.",
    ),
    "attested": (
        "{count} attestés à réception, non signés à la source.",
        "{count} attested on receipt, not signed at source.",
    ),
    "download-bundle": ("Télécharger le dossier de preuves", "Download the bundle of proofs"),
    "as-json": ("En JSON", "As JSON"),
    "findings": ("À regarder", "To look at"),
    "findings-none": ("Rien à signaler.", "Nothing to report."),
    "records-concerned": ("{count} enregistrements", "{count} records"),
    "graph": ("Parcours, par organisation", "Path, by organisation"),
    "graph-help": (
        "L'expéditeur est à gauche ; chaque objet est un lien. Le tableau ci-dessous dit la même chose.",
        "Who ships is on the left; each object is a link. The table below says the same.",
    ),
    "graph-large": (
        "{count} objets : le tableau est plus lisible que le dessin.",
        "{count} objects: the table reads better than the drawing.",
    ),
    "draw-anyway": ("Dessiner quand même", "Draw it anyway"),
    "cut": (
        "Réponse coupée ({reason}, profondeur {depth}) : au moins {remaining} objets de plus.",
        "Answer cut ({reason}, depth {depth}): at least {remaining} more objects.",
    ),
    "steps-table": ("Étapes", "Steps"),
    "events-table": ("Événements et preuves", "Events and proofs"),
    "objects-table": ("Objets", "Objects"),
    "object": ("objet", "object"),
    "step": ("étape", "step"),
    "from": ("de", "from"),
    "to": ("vers", "to"),
    "when": ("quand", "when"),
    "quantity": ("quantité", "quantity"),
    "certainty": ("certitude", "certainty"),
    "certain": ("certain", "certain"),
    "doubtful": ("douteux", "doubtful"),
    "signer": ("signataire", "signer"),
    "assurance": ("assurance", "assurance"),
    "state": ("état", "state"),
    "verification": ("vérification", "verification"),
    "record": ("enregistrement", "record"),
    "what": ("nature", "what"),
    "organisation": ("organisation", "organisation"),
    "made": ("produit", "made"),
    "used": ("utilisé", "used"),
    "removed": ("retiré", "removed"),
    "shipped": ("expédié", "shipped"),
    "received": ("reçu", "received"),
    "signed at source": ("signé à la source", "signed at source"),
    "attested on receipt": ("attesté à réception", "attested on receipt"),
    "published": ("publié", "published"),
    "stored": ("stocké", "stored"),
    "erased": ("effacé", "erased"),
    "fields-withheld": (
        "Champs scellés qui ne vous sont pas montrés, la signature tient sans eux",
        "Sealed fields that you are not shown, the signature holds without them",
    ),
    "sealed-count": ("{count} champ(s) scellé(s)", "{count} sealed field(s)"),
    "holds": ("tient", "holds"),
    "fails": ("ne tient pas", "does not hold"),
    "unknown": ("inconnue", "unknown"),
    "transformed-into": ("transformé en", "transformed into"),
    "packed-in": ("emballé dans", "packed in"),
    "fitted-in": ("monté dans", "fitted in"),
    "has-instance": ("dont l'article", "of which the item"),
    "same-as": ("aussi nommé", "also named"),
    "moved": ("déplacé", "moved"),
    "undeclared": ("jamais déclaré", "never declared"),
    "warning": ("attention", "warning"),
    "info": ("à savoir", "note"),
    "error-title": ("Impossible de répondre", "No answer"),
    "back": ("Retour à la recherche", "Back to the search"),
    "event-of-record": ("L'événement, tel qu'il a été signé", "The event as it was signed"),
    "signed-bytes": ("Les octets signés", "The signed bytes"),
    "record-erased": (
        "Le contenu a été effacé ; son empreinte reste au journal.",
        "The content was erased; its digest stays in the log.",
    ),
    "erased-by": (
        "effacé le {date}, règle « {rule} », entrée {entry} du journal",
        "erased on {date}, rule “{rule}”, entry {entry} of the log",
    ),
    "erased-fields": ("champs scellés effacés", "sealed fields erased"),
    "event-id": ("identifiant de l'événement", "event ID"),
    "received-at": ("reçu le", "received at"),
    "digest": ("empreinte SHA-256", "SHA-256 digest"),
    "member": ("membre", "member"),
    "place-in-log": ("place dans le journal", "place in the log"),
    "footer": (
        "Filière : chaque enregistrement se vérifie sans nous, avec filiere-verify.",
        "Filière: every record is verified without us, with filiere-verify.",
    ),
}
_UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {"KGM": "kg", "GRM": "g", "TNE": "t", "LTR": "L", "HLT": "hL", "C62": "", "H87": "", "MTR": "m", "MTQ": "m³"}
)


# Business steps and types of events. Source: GS1 CBV 2.0, 7.1; EPCIS 2.0, 7.4.
_STEPS: Final[dict[str, tuple[str, str]]] = {
    "accepting": ("acceptation", "accepting"),
    "arriving": ("arrivée", "arriving"),
    "commissioning": ("fabrication", "commissioning"),
    "creating_class_instance": ("création du lot", "lot creation"),
    "decommissioning": ("retrait du code", "decommissioning"),
    "departing": ("départ", "departing"),
    "destroying": ("destruction", "destroying"),
    "holding": ("blocage", "holding"),
    "inspecting": ("contrôle", "inspecting"),
    "loading": ("chargement", "loading"),
    "other": ("observation", "observation"),
    "packing": ("emballage", "packing"),
    "receiving": ("réception", "receiving"),
    "removing": ("retrait", "removing"),
    "retail_selling": ("vente", "retail selling"),
    "shipping": ("expédition", "shipping"),
    "stock_taking": ("inventaire", "stock taking"),
    "storing": ("stockage", "storing"),
    "transporting": ("transport", "transporting"),
    "unloading": ("déchargement", "unloading"),
    "unpacking": ("déballage", "unpacking"),
}


class Words:
    """The pages' sentences in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._at = 0 if language == "fr" else 1

    @property
    def other(self) -> Language:
        """The other language."""
        return "en" if self.language == "fr" else "fr"

    def __call__(self, name: str, /, **values: object) -> str:
        """Say a sentence."""
        return _SENTENCES[name][self._at].format(**values)

    def step(self, biz_step: str | None, event_type: str) -> str:
        """Name a business step; the standard's own word where we have none, the event's type where it has no step."""
        found = _STEPS.get(biz_step or "")
        return (biz_step or event_type) if found is None else found[self._at]

    @property
    def colon(self) -> str:
        """A colon and the spaces that the language puts around it."""
        return "\N{NO-BREAK SPACE}: " if self.language == "fr" else ": "

    def instant(self, text: str) -> str:
        """Write an RFC 3339 instant for people, by the clock of the pages; the zone is said."""
        moment = datetime.fromisoformat(text).astimezone(ZONE)
        return f"{format_datetime(moment, 'short', tzinfo=ZONE, locale=self._locale)} {moment.tzname()}"

    def moment(self, microseconds: int) -> str:
        """Write an instant in microseconds since 1970 for people."""
        return self.instant(iso_instant(microseconds))

    def day(self, text: str) -> str:
        """Write a day, given as 2026-12-31, for people."""
        return format_date(date.fromisoformat(text), "short", locale=self._locale)

    def share(self, text: str) -> str:
        """Write a share, given as 0.1234, for people."""
        return format_percent(Decimal(text), "#,##0.0\N{NO-BREAK SPACE}%", locale=self.language)

    def when(self, earliest: str, latest: str) -> str:
        """Write a time that may be an interval; a whole day of the pages' clock is written as a date."""
        first, last = (datetime.fromisoformat(text).astimezone(ZONE) for text in (earliest, latest))
        if first.date() == last.date() and first.time() == time.min and last.time() >= _LAST_SECOND:
            return format_date(first.date(), "short", locale=self._locale)
        begins, ends = self.instant(earliest), self.instant(latest)
        return begins if begins == ends else f"{begins} … {ends}"

    @property
    def _locale(self) -> str:
        """Dates in British order: 3/2 must not be read as 2 March and as 3 February."""
        return "fr_FR" if self.language == "fr" else "en_GB"

    def amount(self, quantity: str | None, uom: str | None) -> str:
        """Write a quantity with its unit; nothing where none was stated."""
        if quantity is None:
            return ""
        try:
            number = format_decimal(Decimal(quantity), locale=self.language, decimal_quantization=False)
        except (InvalidOperation, ValueError):
            number = quantity
        unit = _UNITS.get(uom or "C62", uom or "")
        return f"{number} {unit}".strip()

    def percent(self, number: str | None) -> str:
        """Write a percentage with one digit after its point, cut and not rounded: 99.97 is not all of it."""
        if number is None:
            return "\N{EN DASH}"
        cut = Decimal(number).quantize(Decimal("0.1"), rounding=ROUND_DOWN)
        return self.share(str(cut / 100))


def every_sentence() -> Mapping[str, tuple[str, str]]:
    """Every sentence in both languages, for who checks them."""
    return MappingProxyType(_SENTENCES)
