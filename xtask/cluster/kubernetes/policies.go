package main

import (
	"context"
	"sync"
	"time"

	"github.com/cloudnativelabs/kube-router/v2/pkg/controllers/netpol"
	"github.com/cloudnativelabs/kube-router/v2/pkg/healthcheck"
	"github.com/cloudnativelabs/kube-router/v2/pkg/options"
	"github.com/cloudnativelabs/kube-router/v2/pkg/svcip"
	"github.com/spf13/cobra"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

// Packet filters are written afresh this often even if nothing was heard to change.
const policySyncPeriod = time.Minute

// Enforces NetworkPolicy with the controller of kube-router and nothing else of it, as k3s does.
func newPoliciesCommand() *cobra.Command {
	settings := options.NewKubeRouterConfig()
	settings.EnableIPv4 = true
	settings.RunFirewall = true
	// A new pod is not let out in the moment before its rules are there.
	settings.NetPolDefaultDeny = true
	settings.IPTablesSyncPeriod = policySyncPeriod
	command := &cobra.Command{
		Use:   "network-policies",
		Short: "Enforces network policies on this node",
		RunE: func(*cobra.Command, []string) error {
			return enforcePolicies(genericapiserver.SetupSignalContext(), settings)
		},
	}
	command.Flags().StringVar(&settings.Kubeconfig, "kubeconfig", "", "how to reach the API server")
	command.Flags().StringVar(&settings.HostnameOverride, "hostname-override", "", "the node's name")
	command.Flags().StringSliceVar(&settings.ClusterIPCIDRs, "service-cluster-ip-range", nil, "the addresses of Services")
	return command
}

func enforcePolicies(ctx context.Context, settings *options.KubeRouterConfig) error {
	config, err := clientcmd.BuildConfigFromFlags("", settings.Kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	known := informers.NewSharedInformerFactory(client, 0)
	pods := known.Core().V1().Pods().Informer()
	namespaces := known.Core().V1().Namespaces().Informer()
	policies := known.Networking().V1().NetworkPolicies().Informer()
	known.Start(ctx.Done())
	known.WaitForCacheSync(ctx.Done())

	enforcer, err := newEnforcer(client, settings, pods, policies, namespaces)
	if err != nil {
		return err
	}
	for informer, handler := range map[cache.SharedIndexInformer]cache.ResourceEventHandler{
		pods: enforcer.PodEventHandler, namespaces: enforcer.NamespaceEventHandler, policies: enforcer.NetworkPolicyEventHandler,
	} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			return err
		}
	}
	enforcer.Run(unheardHeartbeats(ctx), ctx.Done(), alreadyWaiting())
	return nil
}

func newEnforcer(client kubernetes.Interface, settings *options.KubeRouterConfig, pods, policies, namespaces cache.SharedIndexInformer) (*netpol.NetworkPolicyController, error) {
	filters, sets, err := netpol.NewIPTablesHandlers(settings)
	if err != nil {
		return nil, err
	}
	ranges, err := svcip.NewValidator(svcip.Config{ClusterIPCIDRs: settings.ClusterIPCIDRs, EnableIPv4: true})
	if err != nil {
		return nil, err
	}
	return netpol.NewNetworkPolicyController(client, settings, pods, policies, namespaces, &sync.Mutex{}, nil, filters, sets, ranges)
}

// The controller reports that it lives; the node's first process sees that by itself.
func unheardHeartbeats(ctx context.Context) chan<- *healthcheck.ControllerHeartbeat {
	beats := make(chan *healthcheck.ControllerHeartbeat)
	go func() {
		for {
			select {
			case <-beats:
			case <-ctx.Done():
				return
			}
		}
	}()
	return beats
}

func alreadyWaiting() *sync.WaitGroup {
	group := &sync.WaitGroup{}
	group.Add(1)
	return group
}
