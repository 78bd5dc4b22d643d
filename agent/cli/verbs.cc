#include "cli/verbs.h"

#include <array>

#include "core/exit_codes.h"

namespace sragent {
namespace {

constexpr VerbExit kUsageRow{kExitUsage, "usage, or the agent's configuration has a mistake"};
constexpr VerbExit kWordsRow{kExitUsage, "usage; a mistake in the configuration is a warning here"};
constexpr VerbExit kInternalRow{kExitInternal, "a fault of the agent itself"};

constexpr std::array kCommonOptions{
    VerbOption{"-o, --output", "FORMAT", "text (default) or json"},
    VerbOption{"-c, --config",
               "FILE",
               "configuration file instead of SR_AGENT_CONFIG or /etc/sr-agent/sr-agent.toml"},
    VerbOption{"--TABLE-KEY",
               "VALUE",
               "any key of the configuration, for example --log-level debug; "
               "'sr-agent config show --default' lists them"},
    VerbOption{"-h, --help", "", "this text"},
};

constexpr std::array kInitOptions{
    VerbOption{"--write",
               "FILE",
               "where the decision goes, as KEY=value lines that sh can source; default "
               "/etc/sr-agent/decision"},
    VerbOption{"--dry-run", "", "say the decision; write nothing, send no statement"},
    VerbOption{"--consent",
               "LETTERS",
               "permit once what the running agent asks a person for; 'sr-agent explain' prints "
               "the letters and what they permit"},
    VerbOption{"--reason", "TEXT", "with --consent: why, for the journal"},
};

constexpr std::array kRunServerOptions{
    VerbOption{"--from", "FILE", "the decision of init; default /etc/sr-agent/decision"},
};

constexpr std::array kDrainOptions{
    VerbOption{"--wait",
               "TIME",
               "how long this call waits (90s, 10m, 2h); afterwards the node goes on draining"},
    VerbOption{"--for-good",
               "",
               "leave the cluster: a BE's tablets move away first (DECOMMISSION), a CN is dropped "
               "once it has stopped, an FE one at a time and only from a group that bears it"},
    VerbOption{"--dry-run", "", "say what a drain would do here; change nothing"},
    VerbOption{"--cancel",
               "",
               "take a drain back: decommission, marks, readiness, and the server if it is down"},
    VerbOption{"--reason", "TEXT", "why, for the log and the status"},
};

constexpr std::array kTransferOptions{
    VerbOption{"--wait", "TIME", "how long this call waits (90s, 10m, 2h)"},
};

constexpr std::array kProbeOptions{
    VerbOption{"--verbose", "", "live, ready, startup: what ?verbose of the endpoint says"},
    VerbOption{"--exclude", "CHECK", "ready: leave this check out; several with commas"},
};

constexpr std::array kExplainOptions{
    VerbOption{"--from", "FILE", "replay a recorded observation instead of asking the agent"},
};

constexpr std::array kCheckOptions{
    VerbOption{"--strict", "", "end with 74 where something is not well, as run does"},
};

constexpr std::array kConfigShowOptions{
    VerbOption{"--origin", "", "say for each value where it came from"},
    VerbOption{"--default", "", "print the commented reference file with the defaults instead"},
    VerbOption{"--reference", "", "print docs/configuration.md instead"},
};

constexpr std::array kRunExits{
    VerbExit{kExitDone, "the server ended by itself with 0"},
    VerbExit{kExitNo, "no service name: neither an argument nor FE_SERVICE_NAME"},
    kUsageRow,
    VerbExit{kExitBusy, "another agent runs with this node.runtime_dir; nothing was started"},
    VerbExit{kExitServerConf, "refused for the server's configuration (policy.on_refusal = exit)"},
    VerbExit{kExitMetadata, "refused for the metadata"},
    VerbExit{kExitIdentity, "refused for the node's identity"},
    VerbExit{kExitPath, "refused for a path that is not writable"},
    VerbExit{kExitHost, "refused for the host, as host.checks = strict does"},
    kInternalRow,
    VerbExit{kExitKilled, "after TERM: the server had to be killed"},
    VerbExit{kExitTerminated, "after TERM: the server ended in time with 0 or 143"},
};

constexpr std::array kInitExits{
    VerbExit{kExitDone, "decided"},
    VerbExit{kExitNo, "no service name; --consent: the letters are not those that are asked for"},
    kUsageRow,
    VerbExit{kExitTryAgain, "--consent: no agent answers at the control socket"},
    VerbExit{kExitUndecidable, "not decidable now; no file is there, an old one was removed"},
    VerbExit{kExitBusy, "an agent runs in this pod and decides itself"},
    VerbExit{kExitServerConf, "refused for the server's configuration"},
    VerbExit{kExitMetadata, "refused for the metadata"},
    VerbExit{kExitIdentity, "refused for the node's identity"},
    VerbExit{kExitPath, "refused for a path that cannot be written"},
    kInternalRow,
};

constexpr std::array kRunServerExits{
    VerbExit{kExitDone, "the server ended well; its other statuses are passed through too"},
    VerbExit{kExitNo, "no such file, or it is no decision; no service name to decide again"},
    VerbExit{
        kExitUsage,
        "usage, the agent's configuration has a mistake, or the decision is for another kind of "
        "node"},
    VerbExit{kExitUndecidable, "the decision is void, and a new one cannot be made now"},
    VerbExit{kExitBusy, "an agent runs in this pod and starts the server itself"},
    VerbExit{kExitServerConf, "refused for the server's configuration or its start script"},
    VerbExit{kExitMetadata, "refused for the metadata"},
    VerbExit{kExitIdentity, "the decision is for another cluster than the metadata is of"},
    VerbExit{kExitPath, "refused for a path that cannot be written"},
    VerbExit{kExitHost, "refused for the host (host.checks = strict)"},
    kInternalRow,
};

constexpr std::array kRegisterExits{
    VerbExit{kExitDone, "the row is there, as a second look shows"},
    VerbExit{kExitNo, "no service name, not a BE or CN, or refused by a rule or an FE"},
    kUsageRow,
    VerbExit{kExitTryAgain, "no FE answered; try again"},
    kInternalRow,
};

constexpr std::array kOfflineExits{
    VerbExit{kExitDone, "the row is gone, as a second look shows"},
    VerbExit{kExitNo, "nothing was dropped: not listed, refused, or no service name"},
    kUsageRow,
    VerbExit{kExitTryAgain, "no FE answered; try again"},
    VerbExit{kExitQuorum, "this is an FE: its group would be at risk"},
    VerbExit{kExitReplicas, "this is a BE: it holds tablets"},
    kInternalRow,
};

constexpr std::array kRegisterHelperExits{
    VerbExit{kExitDone, "ended by TERM; the row stays"},
    VerbExit{kExitNo, "no FE: neither FE_ADDRS nor node.service"},
    VerbExit{kExitUsage, "usage, a mistake in the configuration, or no own address"},
    kInternalRow,
};

constexpr std::array kOfflineHelperExits{
    VerbExit{kExitDone, "every CN without a pod is out of the list, or there was none"},
    VerbExit{kExitNo, "not done: no FE or no Deployment named, no list of pods, no FE answered"},
    kUsageRow,
    kInternalRow,
};

constexpr std::array kPrestopExits{
    VerbExit{kExitDone, "the node may be killed, or no agent is there to wait for"},
    kUsageRow,
    VerbExit{kExitTimeOver, "the budget of the stop is used up, and the node still runs"},
    kInternalRow,
};

constexpr std::array kDrainExits{
    VerbExit{kExitDone, "drained: the server has stopped and nothing is left behind"},
    VerbExit{kExitNo, "no server runs here; --dry-run: a drain would be refused"},
    kUsageRow,
    VerbExit{kExitTryAgain, "no agent answers at the control socket, or it has ended meanwhile"},
    VerbExit{kExitRestAccepted, "drained with a rest that is named: work cut off, marks left"},
    VerbExit{kExitTimeOver, "--wait is over; work was still ending, tablets still moving"},
    VerbExit{kExitStalled,
             "--wait is over and no work had ended for 30 s; or no tablet has moved for 30 looks: "
             "what may keep them is named, and the node goes on"},
    VerbExit{kExitQuorum, "refused: the other FEs would be no majority"},
    VerbExit{kExitReplicas, "refused: the other BEs have no room, or are too few for the replicas"},
    VerbExit{
        kExitUndecidable,
        "refused: no FE told in time what has to be known, or another copy of this node serves"},
    VerbExit{kExitBusy, "a stop is under way, or a drain of the other kind"},
    kInternalRow,
};

constexpr std::array kTransferExits{
    VerbExit{kExitDone, "another FE leads; the server was started again"},
    VerbExit{kExitNo, "this FE does not lead, or this is no FE"},
    kUsageRow,
    VerbExit{kExitTryAgain, "no agent answers at the control socket, or it has ended meanwhile"},
    VerbExit{kExitTimeOver, "--wait is over"},
    VerbExit{kExitQuorum, "refused: the version or the quorum allows no graceful exit"},
    VerbExit{kExitUndecidable, "refused: the list of FEs is not known"},
    VerbExit{kExitBusy, "a stop or drain is under way"},
    kInternalRow,
};

constexpr std::array kAgentExits{
    VerbExit{kExitDone, "printed"},
    kWordsRow,
    VerbExit{kExitTryAgain, "no agent answers at the control socket"},
    kInternalRow,
};

constexpr std::array kProbeExits{
    VerbExit{kExitDone, "ok"},
    VerbExit{kExitNo, "failed"},
    VerbExit{kExitUsage,
             "usage, or no such probe; a mistake in the configuration is a warning here"},
    VerbExit{kExitTryAgain, "no agent answers at the control socket"},
    kInternalRow,
};

constexpr std::array kExplainExits{
    VerbExit{kExitDone, "printed"},
    VerbExit{kExitNo, "the file of --from cannot be read or is no observation"},
    kWordsRow,
    VerbExit{kExitTryAgain, "no agent answers at the control socket"},
    kInternalRow,
};

constexpr std::array kCheckExits{
    VerbExit{kExitDone, "nothing that is known is wrong"},
    VerbExit{kExitNo, "something is not well: the lines that begin with 'warning'"},
    kUsageRow,
    VerbExit{kExitHost, "the same with --strict"},
    kInternalRow,
};

constexpr std::array kConfigExits{
    VerbExit{kExitDone, "the configuration is valid"},
    kUsageRow,
    kInternalRow,
};

constexpr std::array kVersionExits{
    VerbExit{kExitDone, "printed"},
    kUsageRow,
    kInternalRow,
};

constexpr std::array kVerbs{
    Verb{.name = "run",
         .summary = "be the entrypoint of an FE, BE or CN container",
         .details =
             "Decides how the server starts, starts and supervises it, keeps the node in the "
             "member list and answers probes. When the server ends by itself its own status "
             "is passed through.",
         .arguments = VerbArguments::kRoleAndService,
         .options = {},
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
    Verb{.name = "run-server",
         .summary = "become the server, as init has decided",
         .details =
             "For a container with a start command of its own, behind 'sr-agent init' in the same "
             "command or in an init container. Executes the stock start script in the foreground "
             "with what the decision says; the exit status is then the server's. Nothing "
             "supervises it: nobody adds a row, seals the metadata or answers probes. A decision "
             "that is void (the time of a founding is over, the metadata is gone or half made) is "
             "made anew by the rules of init and written to the file. Metadata of a member starts "
             "without a helper whatever the file says.",
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
            "other FE's agent is asked first; a leader stops before, then the new leader drops it.",
        .arguments = VerbArguments::kNone,
        .options = kDrainOptions,
        .exits = kDrainExits,
        .example = "sr-agent drain --reason 'disk is replaced' --wait 10m"},
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
