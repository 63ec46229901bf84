"""How many pods of a file of deploy/kubernetes may serve at the same time: one, or as many as it likes of a fleet."""

import variables

ONE_BY_ONE = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}
MACHINE = "kubernetes.io/hostname"


def problems(manifests):
    redis, spec = manifests.configuration.redis, manifests.deployment["spec"]
    if redis is None:
        yield from _problems_of_one(spec)
    else:
        yield from _problems_of_fleet(spec)
        yield from _problems_of_redis(redis, manifests.proxy.get("env", []))
        yield from _problems_of_spread(manifests)


def _problems_of_one(spec):
    if spec.get("replicas") != 1:
        yield f"{spec.get('replicas')} replicas"
    if spec.get("strategy") != {"type": "Recreate"}:
        yield f"the strategy is {spec.get('strategy')}"


def _problems_of_fleet(spec):
    if spec.get("replicas", 1) < 2:
        yield f"{spec.get('replicas', 1)} replicas are no fleet"
    if spec.get("strategy") != ONE_BY_ONE:
        yield f"a pod goes before another one has come: the strategy is {spec.get('strategy')}"


def _problems_of_redis(redis, env):
    if redis.get("url") not in {f"${{{name}}}" for name, _, _ in variables.of_secrets(env)}:
        yield f"the address of Redis is {redis.get('url')}, which is no variable out of a Secret"
    if redis.get("consistency", "strict") != "strict":
        yield f"its consistency is {redis['consistency']}"
    if not redis.get("prefix"):
        yield "its keys have no prefix of this API's own"


def _problems_of_spread(manifests):
    """On machines: not all on one, and not all away where machines are emptied."""

    def covers(selector):
        return selector["matchLabels"].items() <= manifests.labels.items()

    rules = manifests.pod.get("affinity", {}).get("podAntiAffinity", {})
    terms = [each["podAffinityTerm"] for each in rules.get("preferredDuringSchedulingIgnoredDuringExecution", [])]
    terms += rules.get("requiredDuringSchedulingIgnoredDuringExecution", [])
    if not any(term["topologyKey"] == MACHINE and covers(term["labelSelector"]) for term in terms):
        yield "its pods may all be put on one machine"
    budgets = [each["spec"] for each in manifests.of_kind("PodDisruptionBudget") if covers(each["spec"]["selector"])]
    if [each.get("maxUnavailable") for each in budgets] != [1]:
        yield f"the budgets of its pods are {budgets}: where machines are emptied, one pod at a time may go, and has to be able to"
