// SPDX-License-Identifier: Apache-2.0

/// Parameters of all daemons: names, folders, networks, processes.
package enum GeneralParameters {
    package static let myhostname = Parameter(
        "myhostname",
        .nonEmptyString,
        default: "",
        "The name of this host in mail.",
        reason: "The host's own name, made fully qualified with $mydomain."
    )
    package static let mydomain = Parameter(
        "mydomain",
        .nonEmptyString,
        default: "",
        "The domain of this host.",
        reason: "$myhostname without its first label, or localdomain."
    )
    package static let myorigin = Parameter(
        "myorigin",
        .nonEmptyString,
        default: "$myhostname",
        "The domain of locally posted mail; a path names a file whose first line is the domain."
    )
    package static let mydestination = Parameter(
        "mydestination",
        .list,
        default: "$myhostname, localhost.$mydomain, localhost",
        "The domains whose mail is for the accounts of this system."
    )
    package static let mynetworks = Parameter(
        "mynetworks",
        .list,
        default: "",
        "The networks whose clients may relay.",
        reason: "The host's own addresses or networks, as mynetworks_style says."
    )
    package static let mynetworksStyle = Parameter(
        "mynetworks_style",
        .choice(NetworkStyle.host),
        default: "${{$compatibility_level} <level {2} ? {subnet} : {host}}",
        "How mynetworks is derived where it is not set."
    )
    package static let inetInterfaces = Parameter(
        "inet_interfaces",
        .list,
        default: "all",
        "The addresses that mail is received on: all, loopback-only, or addresses and names."
    )
    package static let inetProtocols = Parameter(
        "inet_protocols",
        .list,
        default: "all",
        "The Internet protocols in use: all, ipv4, ipv6."
    )
    package static let proxyInterfaces = Parameter(
        "proxy_interfaces",
        .list,
        default: "",
        "Addresses at which this system receives mail through a proxy or NAT."
    )
    package static let relayDomains = Parameter(
        "relay_domains",
        .list,
        default: "${{$compatibility_level} <level {2} ? {$mydestination} : {}}",
        "The domains that mail is relayed to for anybody."
    )
    package static let relayRecipientMaps = Parameter(
        "relay_recipient_maps",
        .tables,
        default: "",
        "The recipients that exist in relay_domains; empty means all."
    )
    package static let relayTransport = Parameter(
        "relay_transport",
        .nonEmptyString,
        default: "relay",
        "The transport of relay_domains."
    )
    package static let parentDomainMatchesSubdomains = Parameter(
        "parent_domain_matches_subdomains",
        .list,
        default:
            "debug_peer_list,fast_flush_domains,mynetworks,permit_mx_backup_networks,qmqpd_authorized_clients,relay_domains,smtpd_access_maps",
        "The lists in which a domain also means its subdomains."
    )
    package static let queueDirectory = Parameter(
        "queue_directory",
        .nonEmptyString,
        default: "/var/spool/relais",
        "The folder of the queue and of the private sockets.",
        reason: "Beside Postfix' own queue, which another format fills."
    )
    package static let dataDirectory = Parameter(
        "data_directory",
        .nonEmptyString,
        default: "/var/lib/relais",
        "The folder of what daemons remember."
    )
    package static let daemonDirectory = Parameter(
        "daemon_directory",
        .nonEmptyString,
        default: "/usr/libexec/relais",
        "The folder of the daemons."
    )
    package static let commandDirectory = Parameter(
        "command_directory",
        .nonEmptyString,
        default: "/usr/sbin",
        "The folder of the administrator's commands."
    )
    package static let configDirectory = Parameter(
        "config_directory",
        .nonEmptyString,
        default: "/etc/relais",
        "The folder of main.cf and master.cf."
    )
    package static let mailOwner = Parameter(
        "mail_owner",
        .nonEmptyString,
        default: "relais",
        "The account that owns the queue and runs the daemons behind it."
    )
    package static let networkUser = Parameter(
        "relais_net_user",
        .nonEmptyString,
        default: "relais-net",
        "The account of daemons that talk with strangers, such as smtpd."
    )
    package static let secretsUser = Parameter(
        "relais_auth_user",
        .nonEmptyString,
        default: "relais-auth",
        "The account of daemons that hold secrets, such as auth and proxymap."
    )
    package static let setgidGroup = Parameter(
        "setgid_group",
        .nonEmptyString,
        default: "relais-drop",
        "The group of the commands that submit mail."
    )
    package static let defaultPrivs = Parameter(
        "default_privs",
        .nonEmptyString,
        default: "nobody",
        "The account for deliveries to files and commands that have no owner."
    )
    package static let mailName = Parameter(
        "mail_name",
        .nonEmptyString,
        default: "relais",
        "The name of the mail system in headers and greetings."
    )
    package static let mailVersion = Parameter(
        "mail_version",
        .nonEmptyString,
        default: "0.1",
        "The version of the mail system."
    )
    package static let syslogName = Parameter(
        "syslog_name",
        .nonEmptyString,
        default: "${multi_instance_name?{$multi_instance_name}:{relais}}",
        "What precedes the service name in log lines."
    )
    package static let syslogFacility = Parameter(
        "syslog_facility",
        .nonEmptyString,
        default: "mail",
        "The syslog facility."
    )
    package static let maillogFile = Parameter("maillog_file", .string, default: "", "The log file in place of syslog.")
    package static let multiInstanceName = Parameter(
        "multi_instance_name",
        .string,
        default: "",
        "The name of this instance where several run on one host."
    )
    package static let compatibilityLevel = Parameter(
        "compatibility_level",
        .nonEmptyString,
        default: "3.7",
        "The Postfix release whose defaults are in force.",
        reason: "There is no older relais to be compatible with, and at level 0 Postfix leaves relaying undecided."
    )
    package static let recipientDelimiter = Parameter(
        "recipient_delimiter",
        .string,
        default: "",
        "The characters that separate a user name from its extension."
    )
    package static let appendDotMydomain = Parameter(
        "append_dot_mydomain",
        .boolean,
        default: "${{$compatibility_level} <level {1} ? {yes} : {no}}",
        "Whether .$mydomain is appended to an address whose domain has no dot."
    )
    package static let appendAtMyorigin = Parameter(
        "append_at_myorigin",
        .boolean,
        default: "yes",
        "Whether @$myorigin is appended to an address without a domain."
    )
    package static let swapBangpath = Parameter(
        "swap_bangpath",
        .boolean,
        default: "yes",
        "Whether site!user is read as user@site."
    )
    package static let allowPercentHack = Parameter(
        "allow_percent_hack",
        .boolean,
        default: "yes",
        "Whether user%domain is read as user@domain."
    )
    package static let ownerRequestSpecial = Parameter(
        "owner_request_special",
        .boolean,
        default: "yes",
        "Whether owner-list and list-request are never split at a recipient_delimiter of '-'."
    )
    package static let doubleBounceSender = Parameter(
        "double_bounce_sender",
        .nonEmptyString,
        default: "double-bounce",
        "The sender of reports about reports."
    )
    package static let emptyAddressRecipient = Parameter(
        "empty_address_recipient",
        .nonEmptyString,
        default: "MAILER-DAEMON",
        "The recipient of mail to the null address."
    )
    package static let messageSizeLimit = Parameter(
        "message_size_limit",
        .size(),
        default: "10240000",
        "The most bytes of a message with its envelope."
    )
    package static let mailboxSizeLimit = Parameter(
        "mailbox_size_limit",
        .size(),
        default: "51200000",
        "The most bytes of a mailbox file; 0 means no limit."
    )
    package static let defaultProcessLimit = Parameter(
        "default_process_limit",
        .integer(1...),
        default: "100",
        "The most processes of a service that master.cf does not limit."
    )
    package static let maxIdle = Parameter(
        "max_idle",
        .time(.seconds, 1...Int.max),
        default: "100s",
        "How long a process waits for work before it ends."
    )
    package static let maxUse = Parameter(
        "max_use",
        .integer(1...),
        default: "100",
        "After how many sessions a process ends."
    )
    package static let ipcTimeout = Parameter(
        "ipc_timeout",
        .time(.seconds, 1...Int.max),
        default: "3600s",
        "How long an internal connection may make no progress."
    )
    package static let ipcIdle = Parameter(
        "ipc_idle",
        .time(.seconds, 1...Int.max),
        default: "5s",
        "How long an idle internal connection is kept."
    )
    package static let ipcTtl = Parameter(
        "ipc_ttl",
        .time(.seconds, 1...Int.max),
        default: "1000s",
        "How long an internal connection is kept at most."
    )
    package static let daemonTimeout = Parameter(
        "daemon_timeout",
        .time(.seconds, 1...Int.max),
        default: "18000s",
        "How long a daemon may be busy with one request before it is killed."
    )
    package static let serviceThrottleTime = Parameter(
        "service_throttle_time",
        .time(.seconds, 1...Int.max),
        default: "60s",
        "How long a service that crashes is not started again."
    )
    package static let triggerTimeout = Parameter(
        "trigger_timeout",
        .time(.seconds, 1...Int.max),
        default: "10s",
        "How long waking a service may take."
    )
    package static let processIDDirectory = Parameter(
        "process_id_directory",
        .nonEmptyString,
        default: "pid",
        "The folder of lock files, below queue_directory."
    )
    package static let importEnvironment = Parameter(
        "import_environment",
        .list,
        default: "MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ XAUTHORITY DISPLAY LANG=C",
        "The environment that daemons keep."
    )
    package static let exportEnvironment = Parameter(
        "export_environment",
        .list,
        default: "TZ MAIL_CONFIG LANG",
        "The environment that external commands get."
    )
    package static let defaultDatabaseType = Parameter(
        "default_database_type",
        .nonEmptyString,
        default: "hash",
        "The table type of mailctl map where none is named."
    )
    package static let smtputf8Enable = Parameter(
        "smtputf8_enable",
        .boolean,
        default: "${{$compatibility_level} <level {1} ? {no} : {yes}}",
        "Whether internationalised addresses are supported, RFC 6531."
    )
    package static let stress = Parameter(
        "stress",
        .string,
        default: "",
        "Set by master while a service has reached its process limit."
    )

    /// All rows of this group.
    package static let all: [any AnyParameter] = [
        myhostname, mydomain, myorigin, mydestination, mynetworks, mynetworksStyle, inetInterfaces, inetProtocols,
        proxyInterfaces, relayDomains, relayRecipientMaps, relayTransport, parentDomainMatchesSubdomains,
        queueDirectory, dataDirectory, daemonDirectory, commandDirectory, configDirectory, mailOwner, networkUser,
        secretsUser, setgidGroup,
        defaultPrivs, mailName, mailVersion, syslogName, syslogFacility, maillogFile, multiInstanceName,
        compatibilityLevel, recipientDelimiter, appendDotMydomain, appendAtMyorigin, swapBangpath,
        allowPercentHack, ownerRequestSpecial, doubleBounceSender, emptyAddressRecipient, messageSizeLimit,
        mailboxSizeLimit, defaultProcessLimit, maxIdle, maxUse, ipcTimeout, ipcIdle, ipcTtl, daemonTimeout,
        serviceThrottleTime, triggerTimeout, processIDDirectory, importEnvironment, exportEnvironment,
        defaultDatabaseType, smtputf8Enable, stress,
    ]
}
