#include "cli/verbs.h"

#include <array>

#include "cli/verb_words.h"

namespace sragent {
namespace {

using namespace verb_words;  // NOLINT(google-build-using-namespace): of this table alone

constexpr std::array kVerbs{
    Verb{.name = "run",
         .summary = "be the entrypoint of an FE, BE or CN container",
         .details =
             "Decides how the server starts, starts and supervises it, keeps the node in the "
             "member list and answers probes. When the server ends by itself its own status "
             "is passed through. With --sidecar another container of the pod runs the server, by "
             "'sr-agent run-server --sidecar' or a start command of its own; the agent tells the "
             "first what to start, and watches, registers and stops what it sees.",
         .arguments = VerbArguments::kRoleAndService,
         .options = kRunOptions,
         .exits = kRunExits,
         .example = "sr-agent run fe starrocks-fe-service"},
    Verb{
        .name = "init",
        .summary = "decide once how this node would start",
        .details =
            "The same rules as run, without starting the server. What a start needs first is "
            "done: an FE that joins is added by ALTER SYSTEM, half-made metadata is moved aside. "
            "Where the rules want readings some time apart it looks again for up to 90 s. "
            "The file has KIND, FE_ROLE (master, follower, observer or resume), FE_LEADER "
            "(host:query_port), FE_HELPER (host:edit_log_port), HOST_TYPE, CLUSTER_ID, "
            "SESSION and SERVICE; with FE_ROLE=master it is void after EXPIRES_UNIX_MS and must be "
            "decided again. A BE or CN gets KIND, FE_LEADER, CLUSTER_ID, NODE_ADDRESS and SERVICE. "
            "With --consent nothing is decided here: the answer goes to the running agent of this "
            "pod, which writes it to its journal first.",
        .arguments = VerbArguments::kRoleAndService,
        .options = kInitOptions,
        .exits = kInitExits,
        .example = "sr-agent init fe starrocks-fe-service --write /etc/sr-agent/decision"},
    Verb{
        .name = "run-server",
        .summary = "become the server, as init has decided",
        .details =
            "For a container with a start command of its own, behind 'sr-agent init' in the same "
            "command or in an init container. Executes the stock start script in the foreground "
            "with what the decision says; the exit status is then the server's. Nothing "
            "supervises it: nobody adds a row, seals the metadata or answers probes. A decision "
            "that is void (the time of a founding is over, the metadata is gone or half made) is "
            "made anew by the rules of init and written to the file. Metadata of a member starts "
            "without a helper whatever the file says. With --sidecar no file is read: the agent "
            "beside, 'sr-agent run --sidecar', decides, and this waits for its word, through holds "
            "and drains too. Without it the file counts only while no such agent answers. In a pod "
            "that is held (docs/hold.md) a person starts the server with it and no file: of a BE, "
            "of a CN, or of an FE that is a member.",
        .arguments = VerbArguments::kRoleAndService,
        .options = kRunServerOptions,
        .exits = kRunServerExits,
        .example = "sr-agent run-server fe starrocks-fe-service --from /etc/sr-agent/decision"},
    Verb{.name = "register",
         .summary = "put this BE or CN into the member list, once",
         .details = "Reads, adds only what is missing and reads again. May be run twice, beside a "
                    "running agent or without. A row that was taken out counts as wanted again.",
         .arguments = VerbArguments::kRoleAndService,
         .options = {},
         .exits = kRegisterExits,
         .example = "sr-agent register cn starrocks-fe-service:9030"},
    Verb{.name = "offline",
         .summary = "take this CN out of the member list, once",
         .details =
             "Reads, drops only this node's own row and reads again, and only while the name "
             "servers give this node's address for its name. A running agent is told first and "
             "leaves the row alone until 'sr-agent register'. Never touches a BE or FE.",
         .arguments = VerbArguments::kRoleAndService,
         .options = {},
         .exits = kOfflineExits,
         .example = "sr-agent offline cn starrocks-fe-service"},
    Verb{.name = "register-helper",
         .summary = "beside a CN that is started without an agent: keep its address listed",
         .details =
             "The helper `register` of the early CN guide, with its environment: FE_ADDRS, FE_USR, "
             "FE_PWD, CN_PORT (9050). Waits for /api/health on port 8040 of its own address, adds "
             "the "
             "address at the first FE that answers and looks each minute whether it is listed. "
             "A row that somebody took out is not added again. TERM ends it; the row stays.",
         .arguments = VerbArguments::kNone,
         .options = {},
         .exits = kRegisterHelperExits,
         .example = "sr-agent register-helper --node-service fe-0:9030,fe-1:9030"},
    Verb{
        .name = "offline-helper",
        .summary = "take CNs whose pods are gone out of the member list, once",
        .details =
            "The helper `offline` of the early CN guide, with its environment: FE_ADDRS, FE_USR, "
            "FE_PWD, CN_PORT, CN_NS and CN_NAME (the Deployment). Asks the Kubernetes API for the "
            "pods and drops only rows that are listed by address with port CN_PORT, are not alive, "
            "were silent for 5 minutes and belong to no pod of the namespace. An empty or cut list "
            "of "
            "pods drops nothing. Needs get on the Deployment and list on pods.",
        .arguments = VerbArguments::kNone,
        .options = {},
        .exits = kOfflineHelperExits,
        .example = "sr-agent offline-helper --helper-cn-namespace ns --helper-cn-deployment cn"},
    Verb{.name = "prestop",
         .summary = "the preStop hook: stop this node well, and return once it is down",
         .details =
             "Asks the running agent for a stop: no new work, running work ends, the server stops, "
             "all inside stop.grace_s less stop.reserve_s, counted from here; the SIGTERM that "
             "follows gets what is left. The member list keeps its rows: a stop is a restart. "
             "Never waits longer than that, and returns at once where no agent answers.",
         .arguments = VerbArguments::kNone,
         .options = {},
         .exits = kPrestopExits,
         .example = "sr-agent prestop"},
    Verb{
        .name = "drain",
        .summary = "stop the server of this node without loss, and keep the pod",
        .details =
            "Not ready at once; a BE is blacklisted on every FE where the version can, and running "
            "work is waited for without limit; then the server is stopped gracefully and its marks "
            "are taken back. The server stays down for up to 4 hours: 'drain --cancel', "
            "'register' or a new pod end that. Refused for an FE without which the others would "
            "be no majority. The member list keeps its rows. A second call joins the first. On a "
            "terminal the progress is shown in one line, else as a JSON object a line. Probes on "
            "StarRocks' own port fail while the server is down: under the official operator the "
            "kubelet restarts the container after 15 s, and the drain stays in force in it. With "
            "--for-good the row goes too, and the drain has no end: a BE serves on while its "
            "tablets move, and stops once the FE has dropped its row; nobody drops a BE by force. "
            "An FE goes only if the others stay a living majority, and never two together: each "
            "other FE's agent is asked first; a leader stops before, then the new leader drops it. "
            "Where no agent runs in this pod one is started for the drain alone, as a sidecar of "
            "the server that runs; it needs node.role and node.service, and adds no row.",
        .arguments = VerbArguments::kNone,
        .options = kDrainOptions,
        .exits = kDrainExits,
        .example = "sr-agent drain --reason 'disk is replaced' --wait 10m"},
    Verb{.name = "hold",
         .summary = "keep the server of this node down, so that a person can look",
         .details =
             "A server that runs is drained first; refused for an FE without which the others "
             "would be no majority. The agent stays up and explains itself: /livez 200, /readyz "
             "503 'held'. The hold outlives the container, not the pod, and comes before anything "
             "is linked, looked up or registered. At its end a member starts again as what it was "
             "when the hold began; anything else stays held until 'sr-agent resume'. A second call "
             "says it anew. Probes on StarRocks' own port fail meanwhile: under the official "
             "operator the kubelet restarts the container, and the hold stays in force in it. The "
             "annotation sr-agent.starrocks.com/run-mode: hold, policy.hold_file and policy.hold "
             "ask for the same.",
         .arguments = VerbArguments::kNone,
         .options = kHoldOptions,
         .exits = kHoldExits,
         .example = "sr-agent hold --for 2h --author ann --reason 'core dump is copied'"},
    Verb{.name = "resume",
         .summary = "end a hold: the node starts by its rules",
         .details = "Also a hold whose time is over and that stays because something has changed. "
                    "Annotation, file or setting that asked for it count no more until they say "
                    "something else.",
         .arguments = VerbArguments::kNone,
         .options = {},
         .exits = kResumeExits,
         .example = "sr-agent resume"},
    Verb{.name = "transfer-leader",
         .summary = "hand the leadership of this FE over, by a graceful restart of its server",
         .details =
             "No version of StarRocks has a statement that moves leadership: the graceful exit of "
             "a leader (3.4.2 and later, with enough FEs alive) is the hand-over. The server is "
             "started again in place. Needs an agent that runs.",
         .arguments = VerbArguments::kNone,
         .options = kTransferOptions,
         .exits = kTransferExits,
         .example = "sr-agent transfer-leader"},
    Verb{.name = "probe",
         .summary = "ask one probe, for exec probes and for people",
         .details = "live, ready and startup give the verdict of /livez, /readyz and /startupz, of "
                    "the same "
                    "copy. Any other name is a [[probe]] of the configuration: the agent runs it "
                    "once, now, "
                    "and this shows what it saw; its state stays what its own period makes of it.",
         .arguments = VerbArguments::kName,
         .options = kProbeOptions,
         .exits = kProbeExits,
         .example = "sr-agent probe ready --verbose"},
    Verb{.name = "status",
         .summary = "what the running agent does and why",
         .details = "Asks the agent of this pod at its control socket.",
         .arguments = VerbArguments::kNone,
         .options = {},
         .exits = kAgentExits,
         .example = "sr-agent status"},
    Verb{.name = "support",
         .summary = "one archive of everything that tells how this node is, without secrets",
         .details =
             "Status, facts, decision journal, metrics, configuration with origins, host checks, "
             "the server's conf file and the ends of its logs, processes and mounts, in one "
             "uncompressed tar file. Passwords, tokens and keys are taken out. Changes nothing; "
             "works with a dead agent and with a mistake in the configuration too.",
         .arguments = VerbArguments::kNone,
         .options = kSupportOptions,
         .exits = kSupportExits,
         .example = "sr-agent support --write /tmp/be-0.tar"},
    Verb{.name = "peers",
         .summary = "what the running agent knows of each peer, with its age",
         .details = "Asks the agent of this pod at its control socket.",
         .arguments = VerbArguments::kNone,
         .options = {},
         .exits = kAgentExits,
         .example = "sr-agent peers -o json"},
    Verb{.name = "explain",
         .summary = "the present decision, every rule that was tried, every fact with its age",
         .details = "Asks the agent of this pod, or replays a file with the same rules.",
         .arguments = VerbArguments::kNone,
         .options = kExplainOptions,
         .exits = kExplainExits,
         .example = "sr-agent explain --from observation.json"},
    Verb{
        .name = "check",
        .summary = "does this host suit the server: a line a check",
        .details =
            "Kernel settings, limits, processor, memory against the server's own settings, room on "
            "every volume in use, and the clock against the leader's: value, wanted value, effect "
            "and remedy. What cannot be read is told as 'cannot tell' and counts neither way. "
            "Changes nothing and needs no running agent. The clock takes up to 10 s where "
            "nobody answers.",
        .arguments = VerbArguments::kRoleAndService,
        .options = kCheckOptions,
        .exits = kCheckExits,
        .example = "sr-agent check be starrocks-fe-service --strict"},
    Verb{.name = "config check",
         .summary = "check the configuration as the start would",
         .details = "Reports every mistake of file, environment and flags at once.",
         .arguments = VerbArguments::kFile,
         .options = {},
         .exits = kConfigExits,
         .example = "sr-agent config check /etc/sr-agent/sr-agent.toml"},
    Verb{.name = "config show",
         .summary = "print the effective configuration as TOML",
         .details = "Secrets are shown as ***.",
         .arguments = VerbArguments::kNone,
         .options = kConfigShowOptions,
         .exits = kConfigExits,
         .example = "sr-agent config show --origin"},
    Verb{.name = "version",
         .summary = "print the version of the agent",
         .details = {},
         .arguments = VerbArguments::kNone,
         .options = {},
         .exits = kVersionExits,
         .example = "sr-agent version -o json"},
};

}  // namespace

std::span<const Verb> verbs() {
  return kVerbs;
}

std::span<const VerbOption> common_options() {
  return kCommonOptions;
}

const Verb* find_verb(std::string_view name) {
  for (const auto& verb : kVerbs)
    if (verb.name == name) return &verb;
  return nullptr;
}

}  // namespace sragent
