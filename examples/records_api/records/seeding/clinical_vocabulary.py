"""The words and numbers that synthetic findings are made of."""

from typing import NamedTuple


class LabTest(NamedTuple):
    """A test of the laboratory, and the range that it finds in the healthy."""

    code: str
    unit: str
    low: float
    high: float


LAB_TESTS = (
    LabTest("ALT", "U/L", 7, 56),
    LabTest("CREATININE", "mg/dL", 0.6, 1.3),
    LabTest("CRP", "mg/L", 0.1, 10),
    LabTest("FERRITIN", "ng/mL", 24, 336),
    LabTest("GLUCOSE", "mg/dL", 70, 99),
    LabTest("HBA1C", "%", 4, 5.6),
    LabTest("HEMOGLOBIN", "g/dL", 12, 17.5),
    LabTest("LDL", "mg/dL", 50, 130),
    LabTest("POTASSIUM", "mmol/L", 3.5, 5.1),
    LabTest("SODIUM", "mmol/L", 136, 145),
    LabTest("TSH", "mIU/L", 0.4, 4),
    LabTest("WBC", "10^9/L", 4, 11),
)

# By department.
DIAGNOSES = {
    "Cardiology": ("Hypertension", "Atrial fibrillation", "Stable angina", "Heart failure"),
    "Dermatology": ("Atopic eczema", "Psoriasis", "Acne vulgaris", "Benign naevus"),
    "Emergency Medicine": ("Laceration", "Concussion", "Ankle sprain", "Wrist fracture"),
    "Endocrinology": ("Type 2 diabetes", "Hypothyroidism", "Osteoporosis", "Hyperthyroidism"),
    "General Practice": ("Acute bronchitis", "Seasonal allergy", "Sinusitis", "No finding"),
    "Neurology": ("Migraine", "Epilepsy", "Peripheral neuropathy", "Vertigo"),
    "Obstetrics and Gynaecology": ("Normal pregnancy", "Anaemia in pregnancy", "Endometriosis"),
    "Oncology": ("Breast cancer, in remission", "Lymphoma", "Basal cell carcinoma"),
    "Orthopaedics": ("Osteoarthritis of the knee", "Low back pain", "Rotator cuff tear"),
    "Paediatrics": ("Otitis media", "Childhood asthma", "Normal development", "Bronchiolitis"),
}

NOTES = (
    "Condition stable. Continue present treatment.",
    "Improved since the last visit. Dose reduced.",
    "Symptoms persist. Referred for further tests.",
    "Advised on diet and exercise. Review in three months.",
    "Blood taken. Results to be discussed by telephone.",
    "New medication explained; possible side effects discussed.",
    "No complaints. Next check in one year.",
    "",
)
