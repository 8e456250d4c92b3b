"""The steps of a deployment. Each may be repeated; what stands already is left as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from infra.deploy.secrets import Client, first_values

TERRAFORM = ("terraform", "-chdir=infra/terraform")
FIRST = ("cloudresourcemanager", "serviceusage", "storage")  # what Terraform itself needs


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
    """One project's. `variables` go to Terraform as they are."""

    shell: Shell
    project: str
    region: str
    client: Client
    variables: Mapping[str, str]

    def deploy(self) -> Mapping[str, object]:
        """Everything there and of this version; what Terraform says of it. Raises: CommandFailed."""
        self._prepare()
        outputs = self._apply(public_url="", image="") if self._is_new() else self._outputs()
        public_url = self.variables.get("public_url") or str(outputs["gateway_url"])
        self._fill_secrets()
        if not self._has_doors():
            image = self._build(outputs, doors="")
            return self._apply(public_url=public_url, image=image)
        outputs = self._apply(public_url=public_url, image=self._image_of_doors())
        self._build(outputs, doors=self._services(outputs))
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
                f"--location={self.region}",
            ]
            create = ["gcloud", "storage", "buckets", "create", bucket, f"--project={self.project}", *made]
            self.shell.run(create)
            self.shell.run(["gcloud", "storage", "buckets", "update", bucket, "--versioning"])
        backend = f"-backend-config=bucket={self.project}-mailbox-state"
        self.shell.run([*TERRAFORM, "init", "-input=false", "-reconfigure", backend])

    def _is_new(self) -> bool:
        return "gateway_url" not in self._outputs()

    def _has_doors(self) -> bool:
        return self.shell.succeeds(self._describe_door())

    def _image_of_doors(self) -> str:
        """What they run; Terraform wants an image, and leaves the doors' own alone."""
        where = "--format=value(spec.template.spec.containers[0].image)"
        return self.shell.run([*self._describe_door(), where]).strip()

    def _describe_door(self) -> list[str]:
        where = [f"--project={self.project}", f"--region={self.region}"]
        return ["gcloud", "run", "services", "describe", "sweep", *where]

    def _apply(self, public_url: str, image: str) -> Mapping[str, object]:
        values = {
            **self.variables,
            "project": self.project,
            "region": self.region,
            "oauth_client_id": self.client.id,
            "public_url": public_url,
            "image": image,
        }
        told = [f"-var={name}={value}" for name, value in values.items()]
        self.shell.run([*TERRAFORM, "apply", "-input=false", "-auto-approve", *told])
        return self._outputs()

    def _outputs(self) -> Mapping[str, object]:
        told = json.loads(self.shell.run([*TERRAFORM, "output", "-json"]) or "{}")
        return {name: output["value"] for name, output in told.items()}

    def _fill_secrets(self) -> None:
        """A secret that has a value keeps it: another name key would orphan every mailbox."""
        for name, value in first_values(self.client).items():
            of = [name, f"--project={self.project}"]
            if not self.shell.succeeds(
                ["gcloud", "secrets", "versions", "describe", "latest", f"--secret={of[0]}", of[1]]
            ):
                self.shell.run(["gcloud", "secrets", "versions", "add", *of, "--data-file=-"], stdin=value)

    def _build(self, outputs: Mapping[str, object], doors: str) -> str:
        """The image that was built, tested, and moved to in the doors that there are."""
        values = {"_REGION": self.region, "_IMAGE": str(outputs["image_name"]), "_DOORS": doors}
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
        return f"{outputs['image_name']}:{self.shell.run(submit).strip().splitlines()[-1]}"

    @staticmethod
    def _services(outputs: Mapping[str, object]) -> str:
        doors = outputs["doors"]
        assert isinstance(doors, dict)  # noqa: S101 - for the type
        return " ".join(sorted(doors.values()))
