"""Jobs, people and what they are about, as JSON."""

from rest_framework import serializers

from records.models import BusinessUnit, Client, Job, Person, Skill


class ClientSerializer(serializers.ModelSerializer):
    class Meta:
        model = Client
        fields = ["id", "name", "updated_at"]


class BusinessUnitSerializer(serializers.ModelSerializer):
    class Meta:
        model = BusinessUnit
        fields = ["id", "name", "updated_at"]


class SkillSerializer(serializers.ModelSerializer):
    class Meta:
        model = Skill
        fields = ["id", "name", "updated_at"]


class PersonSerializer(serializers.ModelSerializer):
    class Meta:
        model = Person
        fields = ["id", "first_name", "last_name", "skills", "updated_at"]


class JobSerializer(serializers.ModelSerializer):
    client_name = serializers.CharField(source="client", read_only=True)
    business_unit_name = serializers.CharField(source="business_unit", read_only=True)

    class Meta:
        model = Job
        fields = [
            "id",
            "title",
            "client",
            "client_name",
            "business_unit",
            "business_unit_name",
            "people",
            "needs",
            "open_from",
            "open_to",
            "updated_at",
        ]

    def validate(self, values: dict) -> dict:
        opens = values.get("open_from", getattr(self.instance, "open_from", None))
        closes = values.get("open_to", getattr(self.instance, "open_to", None))
        if closes < opens:
            raise serializers.ValidationError({"open_to": ["This is before open_from."]})
        return values


class JobNeedsSerializer(serializers.ModelSerializer):
    """What a staffing page shows of a job: who is sent there, and what nobody can do.

    Written as such pages are: each field reads what it needs from the row. How many
    queries that costs is the business of whoever made the queryset.
    """

    client_name = serializers.CharField(source="client.name")
    business_unit_name = serializers.CharField(source="business_unit.name")
    people = serializers.SerializerMethodField()
    needs = serializers.SerializerMethodField()
    missing = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = [
            "id",
            "title",
            "client",
            "client_name",
            "business_unit",
            "business_unit_name",
            "open_from",
            "open_to",
            "people",
            "needs",
            "missing",
        ]

    def get_people(self, job: Job) -> list[dict]:
        return [
            {
                "id": person.pk,
                "name": str(person),
                "skills": [skill.name for skill in person.skills.all()],
            }
            for person in job.people.all()
        ]

    def get_needs(self, job: Job) -> list[str]:
        return [skill.name for skill in job.needs.all()]

    def get_missing(self, job: Job) -> list[str]:
        held = {skill.pk for person in job.people.all() for skill in person.skills.all()}
        return [skill.name for skill in job.needs.all() if skill.pk not in held]
