// SPDX-License-Identifier: Apache-2.0
@testable import Instance
import Testing

@testable import master

@Suite struct WorkerLauncherTests {
    @Test func `The command line names service, configuration, listeners, overrides and arguments`() {
        let place = ConfigurationPlace(file: "master.cf", line: 1)
        var service = ServiceDefinition(
            name: "imap-login",
            kind: "dovecot",
            program: "imap-login",
            listeners: [
                ListenerSpecification(name: "imap", address: .unix(path: "/a"), place: place),
                ListenerSpecification(name: "imaps", isTLS: true, address: .unix(path: "/b"), place: place),
            ],
            processLimit: 1,
            place: place
        )
        service.overrides = ["a=b c"]
        service.arguments = ["x", "-y"]
        #expect(
            WorkerLauncher.arguments(of: service, listeners: service.listeners, configDirectory: "/etc/relais") == [
                "imap-login", "-n", "imap-login", "-c", "/etc/relais", "-C", "6", "-l", "imap", "-l", "imaps+ssl",
                "-o", "a=b c", "--", "x", "-y",
            ]
        )
    }

    @Test func `Workers see little of master's environment`() {
        let own = ["TZ": "Europe/Paris", "SECRET": "s", "DISPLAY": ":0", "LANG": "de_DE"]
        let environment = WorkerLauncher.environment(
            imports: ["DISPLAY", "LANG=C", "MISSING", "{A=b c}"],
            configDirectory: "/etc/relais",
            value: { own[$0] }
        )
        #expect(
            environment.filter { !$0.hasPrefix("PATH=") } == [
                "A=b c", "DISPLAY=:0", "LANG=C", "MAIL_CONFIG=/etc/relais", "SWIFT_BACKTRACE=enable=no",
                "TZ=Europe/Paris",
            ]
        )
    }

    @Test func `master's own command line is read, and nonsense is refused`() throws {
        let arguments = try MasterArguments(["master", "-c", "/x", "-f", "-r"])
        #expect(arguments.configDirectory == "/x" && arguments.isForeground && arguments.reportsReadiness)
        for wrong in [["-c"], ["-c", ""], ["-c", "relative"], ["-z"], ["x"]] {
            #expect(throws: (any Error).self) { try MasterArguments(["master"] + wrong) }
        }
    }
}
