#pragma once

#include <array>

#include "cli/verbs.h"
#include "core/exit_codes.h"

/// What the table of verbs (verbs.cc) refers to: options and exit codes.
namespace sragent::verb_words {

inline constexpr VerbExit kUsageRow{kExitUsage,
                                    "usage, or the agent's configuration has a mistake"};
inline constexpr VerbExit kWordsRow{kExitUsage,
                                    "usage; a mistake in the configuration is a warning here"};
inline constexpr VerbExit kInternalRow{kExitInternal, "a fault of the agent itself"};

inline constexpr std::array kCommonOptions{
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

inline constexpr std::array kInitOptions{
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

inline constexpr std::array kRunOptions{
    VerbOption{"--sidecar", "", "the same as node.sidecar: the server runs in another container"},
    VerbOption{"--until-drained",
               "",
               "with --sidecar, as 'drain' does where no agent runs: add no row, and end a minute "
               "after the drain"},
};

inline constexpr std::array kRunServerOptions{
    VerbOption{"--sidecar",
               "",
               "the same as node.sidecar: wait until the agent beside says what to start"},
    VerbOption{"--from", "FILE", "the decision of init; default /etc/sr-agent/decision"},
};

inline constexpr std::array kDrainOptions{
    VerbOption{"--wait",
               "TIME",
               "how long this call waits (90s, 10m, 2h); afterwards the node goes on draining"},
    VerbOption{"--for-good",
               "",
               "leave the cluster: a BE's tablets move away first (DECOMMISSION), a CN is dropped "
               "once it has stopped, an FE one at a time and only from a group that bears it"},
    VerbOption{"--dry-run", "", "say what a drain would do here; change nothing"},
    VerbOption{
        "--cancel",
        "",
        "take a drain back: decommission, marks, readiness, and the server if it is down; of an "
        "FE also the mark that a new pod found on its volume"},
    VerbOption{"--reason", "TEXT", "why, for the log and the status"},
};

inline constexpr std::array kHoldOptions{
    VerbOption{"--for", "TIME", "how long (90s, 10m, 2h); default policy.hold_limit_s"},
    VerbOption{"--reason", "TEXT", "why, for the log and the status"},
    VerbOption{"--author", "NAME", "who asks, for the log and the status"},
    VerbOption{"--force", "", "also where the other FEs need this one to be a majority"},
};

inline constexpr std::array kTransferOptions{
    VerbOption{"--wait", "TIME", "how long this call waits (90s, 10m, 2h)"},
};

inline constexpr std::array kProbeOptions{
    VerbOption{"--verbose", "", "live, ready, startup: what ?verbose of the endpoint says"},
    VerbOption{"--exclude", "CHECK", "ready: leave this check out; several with commas"},
};

inline constexpr std::array kSupportOptions{
    VerbOption{"--write",
               "FILE",
               "where the archive goes, - for standard output; default "
               "/tmp/sr-agent-support-POD-TIME.tar"},
};

inline constexpr std::array kExplainOptions{
    VerbOption{"--from", "FILE", "replay a recorded observation instead of asking the agent"},
};

inline constexpr std::array kCheckOptions{
    VerbOption{"--strict", "", "end with 74 where something is not well, as run does"},
};

inline constexpr std::array kConfigShowOptions{
    VerbOption{"--origin", "", "say for each value where it came from"},
    VerbOption{"--default", "", "print the commented reference file with the defaults instead"},
    VerbOption{"--reference", "", "print docs/configuration.md instead"},
};

inline constexpr std::array kRunExits{
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

inline constexpr std::array kInitExits{
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

inline constexpr std::array kRunServerExits{
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

inline constexpr std::array kRegisterExits{
    VerbExit{kExitDone, "the row is there, as a second look shows"},
    VerbExit{kExitNo, "no service name, not a BE or CN, or refused by a rule or an FE"},
    kUsageRow,
    VerbExit{kExitTryAgain, "no FE answered; try again"},
    kInternalRow,
};

inline constexpr std::array kOfflineExits{
    VerbExit{kExitDone, "the row is gone, as a second look shows"},
    VerbExit{kExitNo, "nothing was dropped: not listed, refused, or no service name"},
    kUsageRow,
    VerbExit{kExitTryAgain, "no FE answered; try again"},
    VerbExit{kExitQuorum, "this is an FE: its group would be at risk"},
    VerbExit{kExitReplicas, "this is a BE: it holds tablets"},
    kInternalRow,
};

inline constexpr std::array kRegisterHelperExits{
    VerbExit{kExitDone, "ended by TERM; the row stays"},
    VerbExit{kExitNo, "no FE: neither FE_ADDRS nor node.service"},
    VerbExit{kExitUsage, "usage, a mistake in the configuration, or no own address"},
    kInternalRow,
};

inline constexpr std::array kOfflineHelperExits{
    VerbExit{kExitDone, "every CN without a pod is out of the list, or there was none"},
    VerbExit{kExitNo, "not done: no FE or no Deployment named, no list of pods, no FE answered"},
    kUsageRow,
    kInternalRow,
};

inline constexpr std::array kPrestopExits{
    VerbExit{kExitDone, "the node may be killed, or no agent is there to wait for"},
    kUsageRow,
    VerbExit{kExitTimeOver, "the budget of the stop is used up, and the node still runs"},
    kInternalRow,
};

inline constexpr std::array kDrainExits{
    VerbExit{kExitDone, "drained: the server has stopped and nothing is left behind"},
    VerbExit{
        kExitNo,
        "no server runs here; the drain was taken back meanwhile; --dry-run: it would be refused"},
    kUsageRow,
    VerbExit{kExitTryAgain,
             "no agent answers at the control socket and none can be started; it has ended "
             "meanwhile, is still being set up, or could not write what was asked"},
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

inline constexpr std::array kHoldExits{
    VerbExit{kExitDone, "held: no server runs, and none is started"},
    kUsageRow,
    VerbExit{kExitTryAgain, "no agent answers at the control socket, or it has ended meanwhile"},
    VerbExit{kExitRestAccepted, "held with a rest that is named: work cut off, marks left"},
    VerbExit{kExitQuorum, "refused: the other FEs would be no majority; --force overrides it"},
    VerbExit{kExitUndecidable, "refused: no FE told in time what has to be known; so does it"},
    VerbExit{kExitBusy, "a stop or drain is under way"},
    kInternalRow,
};

inline constexpr std::array kResumeExits{
    VerbExit{kExitDone, "the hold is over, or there was none"},
    kUsageRow,
    VerbExit{kExitTryAgain, "no agent answers at the control socket"},
    VerbExit{kExitBusy, "a server runs that the agent did not start, or one is being stopped"},
    kInternalRow,
};

inline constexpr std::array kTransferExits{
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

inline constexpr std::array kAgentExits{
    VerbExit{kExitDone, "printed"},
    kWordsRow,
    VerbExit{kExitTryAgain, "no agent answers at the control socket"},
    kInternalRow,
};

inline constexpr std::array kSupportExits{
    VerbExit{kExitDone, "written; what could not be had is named in its place"},
    VerbExit{kExitNo, "the archive cannot be written there"},
    kWordsRow,
    kInternalRow,
};

inline constexpr std::array kProbeExits{
    VerbExit{kExitDone, "ok"},
    VerbExit{kExitNo, "failed"},
    VerbExit{kExitUsage,
             "usage, or no such probe; a mistake in the configuration is a warning here"},
    VerbExit{kExitTryAgain, "no agent answers at the control socket"},
    kInternalRow,
};

inline constexpr std::array kExplainExits{
    VerbExit{kExitDone, "printed"},
    VerbExit{kExitNo, "the file of --from cannot be read or is no observation"},
    kWordsRow,
    VerbExit{kExitTryAgain, "no agent answers at the control socket"},
    kInternalRow,
};

inline constexpr std::array kCheckExits{
    VerbExit{kExitDone, "nothing that is known is wrong"},
    VerbExit{kExitNo, "something is not well: the lines that begin with 'warning'"},
    kUsageRow,
    VerbExit{kExitHost, "the same with --strict"},
    kInternalRow,
};

inline constexpr std::array kConfigExits{
    VerbExit{kExitDone, "the configuration is valid"},
    kUsageRow,
    kInternalRow,
};

inline constexpr std::array kVersionExits{
    VerbExit{kExitDone, "printed"},
    kUsageRow,
    kInternalRow,
};

}  // namespace sragent::verb_words
