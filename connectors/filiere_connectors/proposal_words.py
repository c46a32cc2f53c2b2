"""Words by which French and English companies name their columns, their sheets and their units.

Folded: lower case, no accents, no punctuation. A word counts where it stands as a whole word of the header.
"""

from __future__ import annotations

import re
import unicodedata

# Role of a column -> words of its header, the surest first.
HEADERS: dict[str, tuple[str, ...]] = {
    "gtin": ("gtin", "ean", "ean13", "gencod", "code barre", "code barres", "barcode"),
    "sscc": ("sscc", "etiquette palette", "no palette", "n palette", "palette"),
    "lot": ("lot", "no lot", "n lot", "numero de lot", "batch", "lot number"),
    "item": ("article", "code article", "ref article", "reference", "code produit", "produit", "designation", "item"),
    "quantity": ("quantite", "qte", "qty", "quantity", "poids", "poids net", "volume", "litres", "nombre", "nb", "kg"),
    "unit": ("unite", "unites", "u", "um", "uom", "unit"),
    "time": ("date", "jour", "date expedition", "date reception", "date fabrication", "le", "day"),
    "clock": ("heure", "h", "time", "hour"),
    "document": ("bl", "no bl", "n bl", "bon de livraison", "bon", "of", "ordre", "commande", "no", "n", "numero"),
    "taker": ("client", "destinataire", "livre a", "magasin", "customer", "ship to", "destination"),
    "giver": ("fournisseur", "expediteur", "producteur", "eleveur", "origine", "supplier", "provenance"),
    "place": ("site", "lieu", "depot", "entrepot", "quai", "atelier", "tank", "cuve"),
}
INPUT_WORDS = (
    "entrant",
    "entree",
    "mp",
    "matiere",
    "matiere premiere",
    "consomme",
    "utilise",
    "mis en oeuvre",
    "input",
)
OUTPUT_WORDS = ("sortant", "fini", "pf", "produit", "fabrique", "obtenu", "output")

# Kind of event -> words of the file's name, its sheet or its headers.
KINDS: dict[str, tuple[str, ...]] = {
    "transforming": ("production", "fabrication", "transformation", "of", "recette", "conditionnement", "affinage"),
    "packing": ("palettisation", "colisage", "mise sur palette", "packing"),
    "shipping": ("expedition", "expeditions", "livraison", "livraisons", "departs", "ventes", "shipping", "client"),
    "receiving": (
        "reception",
        "receptions",
        "entrees",
        "collecte",
        "collectes",
        "arrivages",
        "receiving",
        "fournisseur",
    ),
    "stock_taking": ("inventaire", "stock", "stocks"),
    "destroying": ("destruction", "pertes", "dechets"),
    "creating": ("traite", "recolte", "production laitiere", "creation"),
}

# A company's word for a unit -> UN/ECE Recommendation 20 code, packages with X (Recommendation 21).
UNITS: dict[str, str] = {
    "kg": "KGM",
    "kilo": "KGM",
    "kilos": "KGM",
    "g": "GRM",
    "gr": "GRM",
    "t": "TNE",
    "tonne": "TNE",
    "tonnes": "TNE",
    "l": "LTR",
    "litre": "LTR",
    "litres": "LTR",
    "hl": "HLT",
    "m": "MTR",
    "m2": "MTK",
    "m3": "MTQ",
    "u": "C62",
    "un": "C62",
    "unite": "C62",
    "unites": "C62",
    "p": "H87",
    "pce": "H87",
    "pces": "H87",
    "piece": "H87",
    "pieces": "H87",
    "pc": "H87",
    "colis": "XPK",
    "carton": "XCT",
    "cartons": "XCT",
    "ct": "XCT",
    "pal": "XPX",
    "palette": "XPX",
    "palettes": "XPX",
}


def fold(text: str) -> str:
    """Fold a text for comparison: `N° de Lot` becomes `n de lot`."""
    plain = unicodedata.normalize("NFKD", text.replace("°", " ").replace("œ", "oe"))
    plain = "".join(each for each in plain if not unicodedata.combining(each)).casefold()
    return " ".join(re.findall(r"[a-z0-9]+", plain))


def likeness(header: str, words: tuple[str, ...]) -> float:
    """How much a header looks like one of the words: 1 the same, 0.8 where it holds one as a word, 0 not at all."""
    folded = fold(header)
    best = 0.0
    for word in words:
        if folded == word:
            return 1.0
        if len(word) > 1 and re.search(rf"(?:^| ){re.escape(word)}(?: |$)", folded):
            best = 0.8
    return best
