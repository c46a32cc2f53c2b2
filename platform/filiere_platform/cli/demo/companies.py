"""Who takes part in the demo. Names are invented; a SIREN that begins with 0000 belongs to nobody.

GS1 keeps the prefix 952 for demonstrations.
"""

from __future__ import annotations

from dataclasses import dataclass

from filiere_schemas.identifiers import filiere_urn


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A member of the demo: a name and a SIRET are enough."""

    key: str
    name: str
    siret: str

    @property
    def uri(self) -> str:
        """Its global identifier."""
        return filiere_urn.party("siret", self.siret)

    def lot(self, item: str, lot: str) -> str:
        """Name one of its lots by its own item and lot codes."""
        return filiere_urn.lot("siret", self.siret, item, lot)


FARM_A = Company(key="chenes", name="GAEC des Trois Chênes", siret="00001001700010")
FARM_B = Company(key="vallon", name="EARL du Vallon", siret="00001002500013")
DAIRY = Company(key="laiterie", name="Laiterie du Haut Doubs", siret="00001003300017")
PACKER = Company(key="conditionnement", name="Conditionnement Comtois", siret="00001004100010")
WAREHOUSE = Company(key="plateforme", name="Plateforme Grand Est", siret="00001005800014")
SHOP_A = Company(key="epicerie", name="Épicerie de la Place", siret="00001006600017")
FARM_C = Company(key="bonnet", name="Ferme Bonnet", siret="00001007400011")
TANKER = Company(key="collecte", name="Collecte du Val", siret="00001008200014")
HAULIER = Company(key="transports", name="Transports Jurassiens", siret="00001009000017")
SHOP_B = Company(key="halles", name="Halles de Dijon", siret="00001010800017")
SHOP_C = Company(key="cremerie", name="Crèmerie Lison", siret="00001011600010")

FARMS = (FARM_A, FARM_B, FARM_C)
SHOPS = (SHOP_A, SHOP_B, SHOP_C)
COMPANIES = (*FARMS, TANKER, DAIRY, PACKER, HAULIER, WAREHOUSE, *SHOPS)
