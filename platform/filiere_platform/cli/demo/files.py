"""Each company's files: what it would have sent by mail, made from the plan."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from filiere_platform.cli.demo import plan
from filiere_platform.cli.demo.companies import (
    DAIRY,
    FARM_A,
    FARM_B,
    FARM_C,
    FARMS,
    HAULIER,
    PACKER,
    SHOP_A,
    SHOP_C,
    SHOPS,
    TANKER,
    WAREHOUSE,
    Company,
)
from filiere_platform.cli.demo.sheets import french, write_text, write_workbook

Rows = list[tuple[Any, ...]]


def write_files(company: Company, folder: Path) -> None:
    """Write a company's files into its folder, the sale still wrong and the late milking still missing."""
    folder.mkdir(parents=True, exist_ok=True)
    if company in FARMS:
        _milkings(company, folder)
    elif company in SHOPS:
        _shop(company, folder)
    else:
        {TANKER: _tanker, DAIRY: _dairy, PACKER: _packer, HAULIER: _haulier, WAREHOUSE: _warehouse}[company](folder)


def remember_the_late_milking(folder: Path) -> None:
    """Ferme Bonnet finds the page that it had forgotten."""
    _milkings(FARM_C, folder, complete=True)


def mend_the_sale(folder: Path) -> None:
    """The warehouse sees that it had typed 480 for 48."""
    _sales(folder, plan.RIGHT_SALE)


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _milkings(farm: Company, folder: Path, *, complete: bool = False) -> None:
    headers = ("Date", "Lot", "Litres", "Bon de collecte")
    rows: Rows = []
    for day in plan.DAYS:
        if (farm, day) == plan.LATE_LOT and not complete:
            continue
        rows.append((day, plan.code("L", day), plan.litres(farm, day), f"{farm.key[:2].upper()}-{day:%m%d}"))
    if farm is FARM_B:
        write_workbook(folder / "Carnet de traite.xlsx", [headers, *rows], sheet="Mars", title="EARL du Vallon")
        return
    told = [(_day(day), lot, french(amount), note) for day, lot, amount, note in rows]
    if farm is FARM_A:
        write_text(folder / "Traites mars 2026.csv", [headers, *told])
    else:
        write_text(folder / "traites.csv", [headers, *told], encoding="utf-8-sig", delimiter="\t")


def _tanker(folder: Path) -> None:
    rows: Rows = [("Tournée", "Date", "Producteur", "Lot lait", "Litres")]
    rows += [
        (
            plan.code("CIT", day),
            datetime.combine(day, time(9, 30)),
            farm.name,
            plan.code("L", day),
            plan.litres(farm, day),
        )
        for day in plan.DAYS
        for farm in FARMS
    ]
    write_workbook(folder / "Tournées.xlsx", rows, sheet="Tournées", title="Collecte du Val", merge=(1, 2))
    loads: Rows = [("N° BL", "Date", "Lot citerne", "Volume")]
    loads += [(f"CV{t.day:%m%d}", _day(t.day), plan.code("CIT", t.day), french(t.load)) for t in plan.tank_days()]
    write_text(folder / "livraisons laiterie.csv", loads)


def _dairy(folder: Path) -> None:
    received: Rows = [("Réception", "Date", "Heure", "Citerne", "Litres")]
    tank: Rows = [("Cuve", "Jour", "Sens", "Lot", "Litres")]
    made: Rows = [("OF", "Date", "Heure", "Sens", "Article", "GTIN", "Lot", "Quantité", "Unité")]
    before = ""
    for t in plan.tank_days():
        day, lot = _day(t.day), plan.code("TK", t.day)
        received.append((f"R{t.day:%m%d}", day, "11h15", plan.code("CIT", t.day), french(t.load)))
        tank.append((lot, t.day, "E", plan.code("CIT", t.day), t.load))
        if t.left:
            tank.append((lot, t.day, "R", before, t.left))
        tank.append((lot, t.day, "S", lot, t.content))
        before = lot
    used = {plan.code("F", t.day): t for t in plan.tank_days()}
    for cheese in plan.cheeses():
        melted = cheese.gtin == plan.MELTED
        head = (f"OF-{cheese.lot}", _day(cheese.day), "15:00" if melted else "13:00")
        if melted:
            made += [(*head, "E", "", plan.CHEESE, lot, french(kept), "kg") for lot, kept in plan.KEPT_BACK.items()]
        else:
            t = used[cheese.lot]
            made.append((*head, "E", "TANK", "", plan.code("TK", t.day), french(t.used), "L"))
            made.append((*head, "S", "LACTOSERUM", "", plan.code("LS", t.day), french(t.used * 85 / 100), "L"))
        made.append((*head, "S", "", cheese.gtin, cheese.lot, french(cheese.kilograms), "kg"))
    write_text(folder / "réceptions.csv", received)
    write_workbook(folder / "Cuve.xlsx", tank, sheet="Cuve de stockage")
    write_text(folder / "fabrication.csv", made, title="Ordres de fabrication - mars 2026")
    shipped: Rows = [("BL", "Date", "Client", "GTIN", "Lot", "Poids net (kg)")]
    shipped += [(f"BL{c.lot}", _day(day), PACKER.name, c.gtin, c.lot, french(c.shipped)) for day, c in plan.shipments()]
    shipped.append(("TOTAL", "", "", "", "", french(sum(c.shipped for _, c in plan.shipments()))))
    write_text(folder / "expéditions.csv", shipped)


def _packer(folder: Path) -> None:
    received: Rows = [("N° BL fournisseur", "Date", "GTIN", "Lot", "Poids")]
    received += [(f"BL{c.lot}", day, int(c.gtin), c.lot, float(c.shipped)) for day, c in plan.shipments()]
    write_workbook(folder / "Réceptions fromages.xlsx", received, sheet="Entrées", title="Conditionnement Comtois")
    cut: Rows = [("Ordre", "Date", "Heure", "Mouvement", "GTIN", "Lot", "Qté", "U")]
    for order in plan.cuts():
        day = _day(order.day)
        cut += [(order.order, day, "10:00", "conso", gtin, lot, f"{kg:.1f}", "KG") for gtin, lot, kg in order.inputs]
        cut += [(order.order, day, "10:00", "prod", plan.PACK, lot, packs, "PCE") for lot, packs in order.outputs]
    write_text(folder / "decoupe.csv", cut, encoding="utf-8", delimiter=",")
    packed: Rows = [("Palette", "Date", "Heure", "GTIN", "Lot", "Barquettes")]
    left: Rows = [("Départ", "Date", "Heure", "Palette")]
    for pallet in plan.pallets():
        day = _day(pallet.packed)
        packed.append((f"(00){pallet.sscc}", day, "16:00", plan.PACK, pallet.lot, pallet.packs))
        left.append((f"D-{pallet.lot}", day, "17:30", pallet.sscc))
    write_text(folder / "palettes.csv", packed)
    write_text(folder / "departs.csv", left)


def _haulier(folder: Path) -> None:
    rows: Rows = [("Lettre de voiture", "Chargement", "SSCC")]
    rows += [(f"LV{p.lot}", f"{_day(p.packed)} 18:00", p.sscc) for p in plan.pallets()]
    write_text(folder / "export_tms.csv", rows, encoding="utf-8", delimiter="|")


def _warehouse(folder: Path) -> None:
    arrived: Rows = [("Réception", "Date", "Heure", "SSCC")]
    opened: Rows = [("Ordre", "Date", "Heure", "SSCC", "GTIN", "Lot", "Quantité")]
    for p in plan.pallets():
        arrived.append((f"E-{p.lot}", _day(p.packed), "21:00", p.sscc))
        opened.append((f"DP-{p.lot}", _day(p.unpacked), "06:00", p.sscc, plan.PACK, p.lot, p.packs))
    write_text(folder / "entrees.csv", arrived)
    write_text(folder / "depalettisation.csv", opened)
    _sales(folder, plan.WRONG_SALE)


def _sales(folder: Path, of_the_wrong_one: int) -> None:
    rows: Rows = [("BL", "Date", "Magasin", "GTIN", "Lot", "Barquettes")]
    for p in plan.pallets():
        sold = of_the_wrong_one if p.lot == "P0306A" else p.sold
        day = datetime.combine(p.unpacked, time(8, 30))
        rows.append((f"V-{p.lot}", day, p.shop.name, int(plan.PACK), p.lot, sold))
    write_workbook(folder / "Ventes magasins.xlsx", rows, sheet="Ventes")


def _deliveries(shop: Company) -> Iterator[plan.Pallet]:
    for pallet in plan.pallets():
        if pallet.shop is shop and pallet.lot != "P0306B":  # which the Crèmerie Lison never received
            yield pallet


def _shop(shop: Company, folder: Path) -> None:
    headers = ("Livraison", "Date", "Heure", "Code EAN", "N° de lot", "Nombre")
    rows: Rows = [
        (f"V-{p.lot}", _day(p.unpacked + timedelta(days=1)), "07:00", plan.PACK.lstrip("0"), p.lot, p.sold)
        for p in _deliveries(shop)
    ]
    if shop is SHOP_C:
        write_workbook(folder / "livraisons.xlsx", [headers, *rows], sheet="Reçu", title="Crèmerie Lison")
    else:
        write_text(folder / "livraisons.csv", [headers, *rows], delimiter=";" if shop is SHOP_A else ",")
