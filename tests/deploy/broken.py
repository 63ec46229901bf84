"""Copies of what is deployed with one mistake each: the check that is for it has to find it."""

import shutil
import tempfile
from pathlib import Path

ONE_OR_FLEET = "one replica, and never two at a time, or a fleet with a Redis"
A_REDIS = "a Redis as it asks for serves two nodes, and its user may no more than they need"
# file, what is replaced by what (None: the file is missing), the end of the check's name.
COMPOSE, SIDECAR, EDGE, UNIT = "deploy/compose.yaml", "deploy/kubernetes/sidecar.yaml", "deploy/kubernetes/edge.yaml", "deploy/systemd/sidecache.service"
CONFIGURATION, EGRESS, API = "deploy/sidecache/sidecache.yaml", "deploy/egress/sidecache.yaml", "deploy/api/Dockerfile"
MISTAKES = [
    (COMPOSE, "stop_signal: SIGTERM", "stop_signl: SIGTERM", "docker-compose config takes it"),
    (COMPOSE, "source: ./sidecache,", "source: ./sidecash,", "what it mounts is in the repository"),
    (COMPOSE, "secrets/redis_password}", "secrets/redis_pasword}", "stand in no variable"),
    (COMPOSE, "POSTGRES_PASSWORD_FILE: /run/secrets/postgres_password", "POSTGRES_PASSWORD: postgres", "stand in no variable"),
    (COMPOSE, "postgresql://records@postgres/", "postgresql://records:records@postgres/", "stand in no variable"),
    (SIDECAR, "postgresql://records@postgres.databases.svc/records", "postgresql://postgres.databases.svc/records?password=records", "sidecar.yaml: secrets stand in no variable"),
    (COMPOSE, "postgresql://records@postgres/", "postgresql://records@postgresql/", "the database is a service that the API reaches"),
    (API, "RUN python3 manage.py collectstatic", "# RUN python3 manage.py collectstatic", "whose root cannot be written"),
    (COMPOSE, "  cap_drop: [ALL]\n", "", "each service is confined"),
    (COMPOSE, '"127.0.0.1:8080:8080"', '"127.0.0.1:8080:8080", "127.0.0.1:9900:9900"', "alone, on loopback"),
    (COMPOSE, '"127.0.0.1:3000:3000"', '"3000:3000"', "alone, on loopback"),
    (CONFIGURATION, "stale:", "stalle:", "compose.yaml: sidecache takes its configuration"),
    (CONFIGURATION, 'listen: "*:8080"', 'listen: "*:8081"', "compose.yaml: what the image sets is what the configuration says"),
    (CONFIGURATION, "http://api:8000", "http://api:8001", "the origin is a service that listens there"),
    (COMPOSE, "test: [CMD, sidecache, healthcheck]", "test: [CMD, true]", "by its own command"),
    (COMPOSE, "stop_grace_period: 45s", "stop_grace_period: 35s", "compose.yaml: the time to stop is longer than the drain"),
    (CONFIGURATION, "drain: 30s", "drain: 1m", "compose.yaml: the time to stop is longer than the drain"),
    (CONFIGURATION, "size: 256MiB", "size: 512MiB", "compose.yaml: memory, descriptors and workers fit the configuration"),
    (COMPOSE, "networks: [clients, app, monitoring]", "networks: [clients, app, data, monitoring]", "Redis is the application's alone"),
    (COMPOSE, "http://egress:8080", "http://drug-register:8100", "the API reaches the drug register through a sidecache, and not past it"),
    (COMPOSE, "networks: [app, data, egress]", "networks: [app, data, egress, register]", "the API reaches the drug register through a sidecache, and not past it"),
    (COMPOSE, "stop_grace_period: 15s\n    mem_limit: 128m", "mem_limit: 128m", "the sidecache before the drug register has what the other one has"),
    (EGRESS, "size: 32MiB", "size: 128MiB", "the sidecache before the drug register has what the other one has"),
    (EGRESS, "host: origin", "hosts: origin", "the sidecache before the drug register has what the other one has"),
    (COMPOSE, "make_server('0.0.0.0', 8100)", "make_servers('0.0.0.0', 8100)", "the API answers what the drug register says, also when that is away"),
    (EGRESS, ", stale: {while_revalidate: 1h, if_error: 1d}", "", "the API answers what the drug register says, also when that is away"),
    ("deploy/prometheus/prometheus.yml", "sidecache:9900", "sidecache:8080", "it asks the admin doors"),
    ("deploy/prometheus/prometheus.yml", "scrape_interval: 15s", "scrape_interval: soon", "it asks the admin doors"),
    ("deploy/grafana/provisioning/dashboards/sidecache.yaml", "/etc/grafana/dashboards", "/etc/dashboards", "the folder of dashboards"),
    (SIDECAR, "periodSeconds: 1\n", "periodSecond: 1\n", "sidecar.yaml: the fields are Kubernetes' own, of their types"),
    (SIDECAR, "replicas: 1\n", 'replicas: "1"\n', "sidecar.yaml: the fields are Kubernetes' own, of their types"),
    (SIDECAR, "memory: 512Mi", "memory: 512MB", "sidecar.yaml: the fields are Kubernetes' own, of their types"),
    (EDGE, "  policyTypes: [Ingress]\n", "  policyTypes: Ingress\n", "edge.yaml: the fields are Kubernetes' own, of their types"),
    (EDGE, "      containers:\n", "      container:\n", "edge.yaml: the fields are Kubernetes' own, of their types"),
    (EDGE, "name: records-admin", "name: records_admin", "edge.yaml: names are names, each once, in one namespace"),
    (EDGE, "selector: {app.kubernetes.io/name: sidecache-edge}", "selector: {app.kubernetes.io/name: sidecache}", "edge.yaml: selectors match the labels of the pod"),
    (SIDECAR, "/etc/sidecache/sidecache.yaml}", "/etc/sidecache/sidecar.yaml}", "sidecar.yaml: what is mounted is there"),
    (EDGE, "configMap: {name: sidecache-edge}", "configMap: {name: sidecache}", "edge.yaml: what is mounted is there"),
    (SIDECAR, "cache: off", "cach: off", "sidecar.yaml: sidecache takes its configuration"),
    (EDGE, "containerPort: 8080", "containerPort: 8081", "edge.yaml: ports of containers and Services are those that are listened on"),
    (SIDECAR, "targetPort: admin", "targetPort: administration", "sidecar.yaml: ports of containers and Services are those that are listened on"),
    (EDGE, "{path: /healthz, port: admin}", "{path: /healthz, port: http}", "edge.yaml: probes ask the admin door for /readyz and /healthz"),
    (SIDECAR, 'SIDECACHE_ADMIN, value: "*:9900"', 'SIDECACHE_ADMIN, value: "127.0.0.1:9900"', "sidecar.yaml: what the image sets is what the configuration says"),
    (COMPOSE, 'SIDECACHE_ADMIN: "*:9900"', 'SIDECACHE_ADMIN: "*:9901"', "compose.yaml: what the image sets is what the configuration says"),
    (SIDECAR, 'admin: "*:9900"', 'admin: "*:9901"', "sidecar.yaml: probes ask the admin door for /readyz and /healthz"),
    (SIDECAR, "terminationGracePeriodSeconds: 60", "terminationGracePeriodSeconds: 45", "sidecar.yaml: the grace period is longer than preStop and drain"),
    (EDGE, 'exec: {command: [sleep, "5"]}', 'exec: {command: [sleep, "15"]}', "edge.yaml: the grace period is longer than preStop and drain"),
    (COMPOSE, "RECORDS_ALLOWED_HOSTS: 127.0.0.1,localhost", "RECORDS_ALLOWED_HOSTS: records.example", "compose.yaml: its health check finds that the API answers"),
    (SIDECAR, '"records.example,127.0.0.1"', "records.example", "sidecar.yaml: its probes find that the API answers"),
    (SIDECAR, ".status == 200", ".status > 0", "sidecar.yaml: the API stays until sidecache has drained"),
    (SIDECAR, "- told > patience", "- told > 600", "sidecar.yaml: the API waits for no sidecache that goes on"),
    (SIDECAR, "- told > patience", "- told > 0", "sidecar.yaml: the API waits for no sidecache that goes on"),
    (SIDECAR, "time.monotonic(), 8", "time.monotonic(), 4", "sidecar.yaml: the grace period is longer than preStop and drain"),
    (SIDECAR, "  replicas: 1\n", "  replicas: 2\n", ONE_OR_FLEET),
    (SIDECAR, "strategy: {type: Recreate}", "strategy: {type: RollingUpdate}", ONE_OR_FLEET),
    (EDGE, '    redis:                            # without it there may be one replica only, and strategy Recreate: see sidecar.yaml\n      url: "${REDIS_URL}"             # of the Secret\n'
     '      prefix: "records:"              # of this API alone; the user above has no other keys\n      consistency: strict ', "    # ", ONE_OR_FLEET),
    (EDGE, "  replicas: 3\n", "  replicas: 1\n", ONE_OR_FLEET),
    (EDGE, "maxUnavailable: 0, maxSurge: 1", "maxUnavailable: 1, maxSurge: 0", ONE_OR_FLEET),
    (EDGE, '"${REDIS_URL}"', "redis://sidecache:secret@redis.databases.svc:6379/0", ONE_OR_FLEET),
    (EDGE, "consistency: strict", "consistency: bounded", ONE_OR_FLEET),
    (EDGE, '      prefix: "records:" ', "      # ", ONE_OR_FLEET),
    (EDGE, "topologyKey: kubernetes.io/hostname", "topologyKey: topology.kubernetes.io/region", ONE_OR_FLEET),
    (EDGE, "  maxUnavailable: 1\n", "  maxUnavailable: 0\n", ONE_OR_FLEET),
    (EDGE, "  maxUnavailable: 1\n", "  maxUnavailible: 1\n", "edge.yaml: the fields are Kubernetes' own, of their types"),
    (EDGE, "  maxUnavailable: 1\n  selector:\n    matchLabels: {app.kubernetes.io/name: sidecache-edge}", "  maxUnavailable: 1\n  selector:\n    matchLabels: {app.kubernetes.io/name: sidecache}",
     "edge.yaml: selectors match the labels of the pod"),
    (EDGE, "key: redis_url}", "key: redis}", "edge.yaml: the Secrets that variables name are made as it says"),
    (EDGE, "create secret generic sidecache-edge", "create secret generic sidecache", "edge.yaml: the Secrets that variables name are made as it says"),
    (EDGE, '"${REDIS_URL}"', '"${REDIS}"', "edge.yaml: sidecache takes its configuration"),
    (EDGE, "redis_url='redis://", "redis_url='http://", "edge.yaml: sidecache takes its configuration"),
    (EDGE, "maxmemory-policy volatile-lru", "maxmemory-policy allkeys-lru", "edge.yaml: what it asks of Redis evicts nothing that the fleet needs"),
    (EDGE, " +evalsha", "", A_REDIS),
    (EDGE, " +hvals", "", A_REDIS),
    (EDGE, " +wait", "", A_REDIS),
    (EDGE, "~records:r:*", "~records:responses:*", A_REDIS),
    (EDGE, "~records:r:*", "~*", A_REDIS),
    (EDGE, "-@all +ping", "-@all +@all", A_REDIS),
    (EDGE, 'prefix: "records:"', 'prefix: "doctors:"', A_REDIS),
    (EDGE, "on >PASSWORD", "on >password", A_REDIS),
    (EDGE, "            readOnlyRootFilesystem: true\n", "", "edge.yaml: the pod is as the restricted profile wants it"),
    (EDGE, "memory: 1536Mi", "memory: 1Gi", "edge.yaml: memory and workers fit the configuration"),
    (SIDECAR, "port: http}]", "port: 8000}]", "sidecar.yaml: nobody reaches the API past sidecache, and the admin door only who is named"),
    (EDGE, "    - from:\n        - podSelector:\n            matchLabels: {app.kubernetes.io/name: sidecache-edge}\n      ports", "    - ports",
     "edge.yaml: nobody reaches the API past sidecache, and the admin door only who is named"),
    (EDGE, "principal: role, fresh: 1m", "principal: role, fresh: 2m", "is the same in each configuration"),
    (SIDECAR, "    writes: {failed: invalidate, settle: 60s}\n", "", "is the same in each configuration"),
    (SIDECAR, "pool: {max: 8", "pool: {max: 50", "pool.max is the number of threads of an API that stands alone behind it"),
    (COMPOSE, "RECORDS_BIND: 0.0.0.0:8000", "RECORDS_WORKERS: 4\n    RECORDS_BIND: 0.0.0.0:8000", "pool.max is the number of threads of an API that stands alone behind it"),
    (COMPOSE, "RECORDS_REDIS_PASSWORD_FILE", "RECORDS_REDIS_PASS_FILE", "variables of the API are those that it reads"),
    (SIDECAR, "# - {name: RECORDS_DRUG_REGISTER,", "# - {name: RECORDS_DRUG_REGISTER_URL,", "variables of the API are those that it reads"),
    (SIDECAR, "registry.example/records-api:0.1.0", "registry.example/records:0.1.0", "images are those that are built, of one version"),
    (EDGE, "registry.example/sidecache:0.1.0", "registry.example/sidecache:0.2.0", "images are those that are built, of one version"),
    ("deploy/README.md", "docker push registry.example/records-api:0.1.0", "docker push records-api", "README.md pushes the images of Kubernetes, and names each file"),
    ("deploy/README.md", "`.env`", "another file", "README.md pushes the images of Kubernetes, and names each file"),
    (API, "COPY scripts/", "COPY script/", "what Dockerfiles copy and run is in the repository"),
    (API, "install records deployed_api", "install records deployed-api", "what Dockerfiles copy and run is in the repository"),
    ("Dockerfile", "COPY cmake/", "COPY make/", "what Dockerfiles copy and run is in the repository"),
    (UNIT, "NoNewPrivileges=yes", "NoNewPrivilege=yes", "systemd-analyze verify says nothing"),
    (UNIT, "CapabilityBoundingSet=\n", "", "of 10 or less"),
    (UNIT, "TimeoutStopSec=45", "TimeoutStopSec=30", "sidecache.service: the time to stop is longer than the drain"),
    (UNIT, "LimitNOFILE=16384", "LimitNOFILE=8192", "sidecache.service: memory and descriptors fit the configuration"),
    (UNIT, "kill -HUP", "kill -TERM", "a reload checks first, then sends SIGHUP"),
    (UNIT, "SystemCallFilter=~@privileged", "SystemCallFilter=~@timer @privileged", "are among those allowed"),
    ("docs/guide.md", "](configuration.md#", "](configuration.md#no-", "what they link to is there"),
    ("docs/migration.md", "```yaml\n", "```yaml\nrouts: []\n", "sidecache takes the configurations in them"),
    ("docs/operations.md", "# SidecacheDown\n", "# SidecacheUp\n", "a runbook for each alert, and for no other"),
    ("docs/operations.md", '"http://sidecache:9900"', '"http://sidecache:8080"', "the admin door in Compose is asked as it says"),
    ("docs/operations.md", "each.encode() for", "each for", "the admin door in Compose is asked as it says"),
    ("docs/operations.md", "|::ffff:/", "/", "clients are counted by address, whatever form that has"),
    ("docs/operations.md", "port-forward deployment/records ", "port-forward deployment/sidecache ", "forwards the port of Deployments that are there"),
    ("docs/metrics.md", "| `reason` | `cold`", "\n| `reason` | `cold`", "each row of a table is in one, and has its cells"),
    ("docs/migration.md", "| `keepalive_timeout 75s` |", "| `keepalive_timeout 75s` | |", "each row of a table is in one, and has its cells"),
    ("docs/operations.md", None, None, "what they link to is there"),
    ("dashboards/prometheus/alerts.yml", None, None, "a runbook for each alert, and for no other"),
    ("dashboards/prometheus/rules.yml", None, None, "it asks the admin doors"),
    ("dashboards/grafana/sidecache.json", None, None, "the folder of dashboards"),
]


COPIED = {"deploy", "docs", "dashboards", "config"}


def copy(root, target):
    """Files in which mistakes are made; what else is looked at is linked."""
    for path in root.iterdir():
        if path.name in COPIED:
            shutil.copytree(path, target / path.name, ignore=shutil.ignore_patterns("secrets"))
        elif path.is_dir():
            (target / path.name).symlink_to(path)
        else:
            shutil.copy(path, target)


def named(path, right, wrong):
    if right is None:
        return f"no {path} is refused"
    return f"{path} with {wrong.strip() or 'no ' + right.strip()!r}".splitlines()[0] + " is refused"


def trials(root, program, checks, judged):
    """What was tried, and what is wrong with that."""
    for path, right, wrong, check in MISTAKES:
        what = named(path, right, wrong)
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder)
            copy(root, target)
            if right is None:
                (target / path).unlink()
            else:
                text = (target / path).read_text()
                if right not in text:
                    yield what, [f"there is no {right!r} to break"]
                    continue
                (target / path).write_text(text.replace(right, wrong, 1))
            found = [problem for name, function in checks(target, program) if name.endswith(check) for problem in judged(function)]
            yield what, [] if found else [f"it passed: {check}"]
