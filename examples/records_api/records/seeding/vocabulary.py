"""The words that synthetic records are made of."""

from typing import NamedTuple


class Field(NamedTuple):
    """A medical field: the department, and what its doctors do and are asked for."""

    department: str
    location: str
    specialties: tuple[str, ...]
    reasons: tuple[str, ...]


FIELDS = (
    Field(
        "Cardiology",
        "North Wing, floor 2",
        ("Cardiology", "Electrophysiology", "Interventional Cardiology"),
        ("Blood pressure review", "Chest pain", "Palpitations", "ECG follow-up"),
    ),
    Field(
        "Dermatology",
        "West Wing, floor 1",
        ("Dermatology", "Dermatological Surgery"),
        ("Skin check", "Eczema follow-up", "Mole removal", "Acne treatment"),
    ),
    Field(
        "Emergency Medicine",
        "South Wing, ground floor",
        ("Emergency Medicine", "Trauma Care"),
        ("Wound check", "Cast removal", "Concussion follow-up", "Stitches removal"),
    ),
    Field(
        "Endocrinology",
        "North Wing, floor 3",
        ("Endocrinology", "Diabetology"),
        ("Diabetes review", "Thyroid check", "Insulin adjustment", "Bone density scan"),
    ),
    Field(
        "General Practice",
        "East Wing, ground floor",
        ("Family Medicine", "General Practice"),
        ("Annual check-up", "Vaccination", "Prescription renewal", "Persistent cough"),
    ),
    Field(
        "Neurology",
        "North Wing, floor 4",
        ("Neurology", "Clinical Neurophysiology"),
        ("Migraine review", "Nerve conduction study", "Epilepsy follow-up", "Dizziness"),
    ),
    Field(
        "Obstetrics and Gynaecology",
        "East Wing, floor 2",
        ("Gynaecology", "Obstetrics"),
        ("Antenatal visit", "Postnatal visit", "Cervical screening", "Ultrasound scan"),
    ),
    Field(
        "Oncology",
        "West Wing, floor 3",
        ("Medical Oncology", "Radiation Oncology"),
        ("Chemotherapy review", "Scan results", "Treatment planning", "Remission check"),
    ),
    Field(
        "Orthopaedics",
        "South Wing, floor 1",
        ("Orthopaedic Surgery", "Sports Medicine"),
        ("Knee pain", "Hip replacement review", "Fracture follow-up", "Back pain"),
    ),
    Field(
        "Paediatrics",
        "East Wing, floor 1",
        ("Paediatrics", "Neonatology"),
        ("Growth check", "Childhood vaccination", "Ear infection", "Asthma review"),
    ),
)

FIRST_NAMES = tuple(
    "Aisha Alice Amara Anders Anna Benjamin Carlos Chen Clara Daniel David Diego Elena "
    "Emma Erik Fatima Felix Gabriel Grace Hannah Hiroshi Ibrahim Ines Isaac Ivan James "
    "Jasmine Johan Julia Kofi Lars Laura Leila Liam Lucia Maria Marcus Mei Miguel Mina "
    "Nadia Noah Nora Olga Oliver Omar Paula Peter Priya Rachel Rafael Robert Rosa Ruth "
    "Samuel Sara Simon Sofia Stefan Tariq Teresa Thomas Uma Victor Wanjiru Yara Yusuf Zoe"
    .split()
)

LAST_NAMES = tuple(
    "Abbott Achebe Ahmed Andersen Bauer Bennett Bergstrom Brown Campbell Castillo Chen "
    "Clarke Costa Dahl Davies Diaz Dubois Eriksen Evans Fernandez Fischer Foster Garcia "
    "Greene Gupta Haddad Hansen Harris Hoffman Hughes Ibrahim Ivanov Jansen Johnson Kaur "
    "Keller Khan Kim Kowalski Larsen Lee Lopez Martin Mbeki Mendez Meyer Moreau Morgan "
    "Murphy Nakamura Nguyen Novak Okafor Olsen Patel Petrov Quinn Reyes Roberts Rossi "
    "Santos Schmidt Shah Silva Singh Sorensen Tanaka Taylor Thompson Torres Vargas Walker "
    "Weber Williams Wilson Wright Yamamoto Young Zhang Zimmerman"
    .split()
)

STREETS = (
    "Alder Lane",
    "Bridge Street",
    "Chapel Road",
    "Elm Avenue",
    "Garden Terrace",
    "Harbour View",
    "Hill Street",
    "King's Road",
    "Lake Drive",
    "Maple Close",
    "Mill Lane",
    "Orchard Way",
    "Park Avenue",
    "River Walk",
    "Station Road",
    "Willow Crescent",
)

TOWNS = (
    "Ashford Falls",
    "Brookhaven",
    "Eastmere",
    "Fairview",
    "Kingsbridge",
    "Northfield",
    "Oakdale",
    "Westbury",
)
