"""Invented names of people and places."""

from __future__ import annotations

FIRST_NAMES = (
    "Ada", "Amir", "Anouk", "Bela", "Bruno", "Carmen", "Chidi", "Clara", "Dario", "Ebba", "Elif", "Emil", "Farah",
    "Finn", "Gita", "Hana", "Hugo", "Ines", "Ivo", "Jana", "Jonah", "Kaya", "Kofi", "Lara", "Levi", "Lien", "Luca",
    "Mara", "Mei", "Mila", "Noor", "Olga", "Omar", "Pavel", "Pia", "Ravi", "Rosa", "Sefa", "Sven", "Tara", "Tomas",
    "Uma", "Vera", "Viktor", "Wanda", "Yara", "Yuki", "Zeno",
)  # fmt: skip
LAST_NAMES = (
    "Albers", "Baart", "Byrne", "Castell", "Dahl", "Eker", "Ferro", "Gruber", "Haddad", "Iversen", "Jansen", "Keller",
    "Lund", "Moreau", "Nowak", "Okoro", "Pell", "Quist", "Rossi", "Stern", "Ueda", "Vidal", "Weiss", "Ximenes",
    "Yilmaz", "Zeman",
)  # fmt: skip
STREETS = (
    "Anchor Lane", "Birch Row", "Cutter Road", "Dock Street", "Elm Walk", "Ferry Hill", "Garden Court", "Harbour Way",
    "Jetty Row", "Kiln Lane", "Mill Court", "Orchard Rise", "Quarry Walk", "Station Road", "Tide Street", "Weir Path",
)  # fmt: skip
CITIES = (("Port Ellery", "OR"), ("Dunmore", "WA"), ("Elmfield", "CA"), ("Marlow Gap", "NV"), ("Saltmarsh", "ME"))
GYM_NAMES = ("Harbour", "Mill", "Station", "Orchard", "Foundry", "Lido", "Quay", "Tower", "Garden", "Depot")
