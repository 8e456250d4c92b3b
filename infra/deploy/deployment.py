"""The steps of a deployment. Each may be repeated; what stands already is left as it is."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import main
from infra.deploy.secrets import Client, first_values

TERRAFORM = ("terraform", "-chdir=infra/terraform")
REGION = "us-central1"  # where none was ever chosen
DOORS = {door.replace("_", "-") for door in main.__all__}  # the names of their services
# What Terraform itself needs, and what it makes while it still enables the rest: accounts and a bucket.
FIRST = ("cloudresourcemanager", "iam", "serviceusage", "storage")
BUILDS_NEED = {"gateway_url", "image_name", "sources", "deployer"}  # outputs of the first apply

Outputs = Mapping[str, Any]


class Shell(Protocol):
    """Runs commands."""

    def run(self, command: Sequence[str], stdin: str = "") -> str:
        """What the command wrote. Raises: CommandFailed."""
        ...

    def succeeds(self, command: Sequence[str]) -> bool:
        """Whether it does; what it writes is not shown."""
        ...


class CommandFailed(Exception):
    """A command failed; the message is which, and what it said."""


@dataclass(frozen=True)
class Deployment:
    """One project's. `told`: values of Terraform's variables; what is not told stays as it was chosen."""

    shell: Shell
    project: str
    client: Client
    told: Mapping[str, str]

    def deploy(self) -> Outputs:
        """Everything there and of this version; what Terraform says of it. Raises: CommandFailed."""
        self._prepare()
        outputs = self._outputs()
        chosen = {"region": REGION, "public_url": "", **outputs.get("chosen", {}), **self.told}
        region = chosen["region"]
        if not outputs.keys() >= BUILDS_NEED:
            outputs = self._apply({**chosen, "public_url": "", "image": ""})
        chosen["public_url"] = chosen["public_url"] or outputs["gateway_url"]
        self._fill_secrets()
        standing = self._standing(region)
        # A new door cannot start from an image that does not know it: Terraform makes it with the next one.
        is_all_there = standing == DOORS
        image = self._image(region) if is_all_there else self._build(outputs, region, doors=())
        outputs = self._apply({**chosen, "image": image})
        if standing:
            self._build(outputs, region, standing)
        return outputs

    def _prepare(self) -> None:
        """The bucket of Terraform's state, which Terraform cannot make itself."""
        apis = [f"{name}.googleapis.com" for name in FIRST]
        self.shell.run(["gcloud", "services", "enable", *apis, f"--project={self.project}"])
        bucket = f"gs://{self.project}-mailbox-state"
        if not self.shell.succeeds(["gcloud", "storage", "buckets", "describe", bucket]):
            made = [
                "--uniform-bucket-level-access",
                "--public-access-prevention",
                f"--location={self.told.get('region', REGION)}",
            ]
            create = ["gcloud", "storage", "buckets", "create", bucket, f"--project={self.project}", *made]
            self.shell.run(create)
            self.shell.run(["gcloud", "storage", "buckets", "update", bucket, "--versioning"])
        backend = f"-backend-config=bucket={self.project}-mailbox-state"
        self.shell.run([*TERRAFORM, "init", "-input=false", "-reconfigure", backend])

    def _standing(self, region: str) -> set[str]:
        """The doors that there are, by the names of their services."""
        where = [f"--project={self.project}", f"--region={region}"]
        listed = self.shell.run(
            ["gcloud", "run", "services", "list", *where, "--format=value(metadata.name)"]
        )
        return DOORS & set(listed.split())

    def _image(self, region: str) -> str:
        """What doors run; Terraform wants an image, and leaves the doors' own alone."""
        where = [f"--project={self.project}", f"--region={region}"]
        asked = "--format=value(spec.template.spec.containers[0].image)"
        return self.shell.run(["gcloud", "run", "services", "describe", "sweep", *where, asked]).strip()

    def _apply(self, chosen: Mapping[str, str]) -> Outputs:
        values = {**chosen, "project": self.project, "oauth_client_id": self.client.id}
        told = [f"-var={name}={value}" for name, value in values.items()]
        self.shell.run([*TERRAFORM, "apply", "-input=false", "-auto-approve", *told])
        return self._outputs()

    def _outputs(self) -> Outputs:
        told = json.loads(self.shell.run([*TERRAFORM, "output", "-json"]) or "{}")
        return {name: output["value"] for name, output in told.items()}

    def _fill_secrets(self) -> None:
        """A secret that has a value keeps it: another name key would orphan every mailbox.

        Only a listing that is empty says that it has none; one that fails ends the deployment.
        """
        for name, value in first_values(self.client).items():
            of = [name, f"--project={self.project}"]
            versions = ["gcloud", "secrets", "versions"]
            if not self.shell.run([*versions, "list", *of, "--limit=1", "--format=value(name)"]).strip():
                self.shell.run([*versions, "add", *of, "--data-file=-"], stdin=value)

    def _build(self, outputs: Outputs, region: str, doors: Collection[str]) -> str:
        """The image that was built, tested, and moved to in these doors."""
        image = str(outputs["image_name"])
        values = {"_REGION": region, "_IMAGE": image, "_DOORS": " ".join(sorted(doors))}
        submit = [
            "gcloud",
            "builds",
            "submit",
            ".",
            f"--project={self.project}",
            "--config=cloudbuild.yaml",
            "--ignore-file=infra/deploy/sources.gcloudignore",
            f"--gcs-source-staging-dir=gs://{outputs['sources']}/source",
            f"--service-account=projects/{self.project}/serviceAccounts/{outputs['deployer']}",
            "--substitutions=" + ",".join(f"{name}={value}" for name, value in values.items()),
            "--format=value(id)",
        ]
        return f"{image}:{self.shell.run(submit).strip().splitlines()[-1]}"
