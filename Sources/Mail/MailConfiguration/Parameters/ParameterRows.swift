// SPDX-License-Identifier: Apache-2.0

/// All rows of main.cf that relais acts on.
package enum ParameterRows {
    /// The groups one after another.
    package static let all: [any AnyParameter] =
        GeneralParameters.all + SMTPServerParameters.all + CleanupParameters.all + QueueManagerParameters.all
        + BounceParameters.all + LocalDeliveryParameters.all + VirtualDeliveryParameters.all + TLSParameters.all
}
