"""Well-known interactions, for demonstrations only: nobody may be treated by them."""

NAMES = {
    "A10BA02": "metformin",
    "B01AA03": "warfarin",
    "C01AA05": "digoxin",
    "C03DA01": "spironolactone",
    "C08DA01": "verapamil",
    "C09AA02": "enalapril",
    "C10AA01": "simvastatin",
    "J01FA09": "clarithromycin",
    "M01AE01": "ibuprofen",
    "N02BA01": "acetylsalicylic acid",
    "N06AB03": "fluoxetine",
}

# Both ways, by code of the Anatomical Therapeutic Chemical classification.
PAIRS = (
    ("B01AA03", "M01AE01", "severe", "More bleeding."),
    ("B01AA03", "N02BA01", "severe", "More bleeding."),
    ("B01AA03", "J01FA09", "severe", "Warfarin is broken down more slowly."),
    ("B01AA03", "N06AB03", "moderate", "More bleeding."),
    ("C01AA05", "C08DA01", "severe", "More digoxin in the blood."),
    ("C01AA05", "J01FA09", "moderate", "More digoxin in the blood."),
    ("C03DA01", "C09AA02", "moderate", "More potassium in the blood."),
    ("C09AA02", "M01AE01", "moderate", "Less effect on blood pressure; kidneys at risk."),
    ("C10AA01", "J01FA09", "severe", "Muscle damage."),
    ("C10AA01", "C08DA01", "moderate", "Muscle damage."),
    ("M01AE01", "N02BA01", "moderate", "Less protection of the heart."),
)


def interactions_of(code: str) -> dict | None:
    """What the register says of a drug, or None of one that it does not know."""
    if code not in NAMES:
        return None
    others = [
        (second if first == code else first, severity, effect)
        for first, second, severity, effect in PAIRS
        if code in (first, second)
    ]
    return {
        "code": code,
        "name": NAMES[code],
        "interactions": [
            {"code": other, "name": NAMES[other], "severity": severity, "effect": effect}
            for other, severity, effect in sorted(others)
        ],
    }
