package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

// The name that the storage classes know this by.
const provisionerName = "csv-analyst.example/folders"

// Makes a volume of a folder on the node. The kubelet treats it as a local disk: it applies `fsGroup`,
// and the scheduler keeps its pods on this node.
type folders struct{ root string }

func newVolumesCommand() *cobra.Command {
	var kubeconfig string
	made := folders{}
	command := &cobra.Command{
		Use:   "volumes",
		Short: "Makes folders of the node into volumes for claims",
		RunE: func(*cobra.Command, []string) error {
			return made.run(genericapiserver.SetupSignalContext(), kubeconfig)
		},
	}
	command.Flags().StringVar(&kubeconfig, "kubeconfig", "", "how to reach the API server")
	command.Flags().StringVar(&made.root, "root", "", "where the folders are made")
	return command
}

func (made folders) run(ctx context.Context, kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	controller.NewProvisionController(ctx, client, provisionerName, made, controller.LeaderElection(false)).Run(ctx)
	return nil
}

func (made folders) Provision(_ context.Context, wish controller.ProvisionOptions) (*v1.PersistentVolume, controller.ProvisioningState, error) {
	folder := filepath.Join(made.root, folderName(wish))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	// Whoever the pod runs as may write, as on the node-local volumes of k3s and kind. The mode that
	// MkdirAll was given would have lost bits to the umask.
	if err := os.Chmod(folder, 0o777); err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	return volume(wish, folder), controller.ProvisioningFinished, nil
}

func (made folders) Delete(_ context.Context, gone *v1.PersistentVolume) error {
	folder := gone.Spec.Local.Path
	if filepath.Dir(folder) != filepath.Clean(made.root) {
		return fmt.Errorf("%s is not a folder that was made here", folder)
	}
	return os.RemoveAll(folder)
}

func folderName(wish controller.ProvisionOptions) string {
	return fmt.Sprintf("%s_%s_%s", wish.PVC.Namespace, wish.PVC.Name, wish.PVName)
}

func volume(wish controller.ProvisionOptions, folder string) *v1.PersistentVolume {
	size := wish.PVC.Spec.Resources.Requests[v1.ResourceStorage]
	return &v1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: wish.PVName},
		Spec: v1.PersistentVolumeSpec{
			PersistentVolumeReclaimPolicy: *wish.StorageClass.ReclaimPolicy,
			AccessModes:                   wish.PVC.Spec.AccessModes,
			Capacity:                      v1.ResourceList{v1.ResourceStorage: resource.MustParse(size.String())},
			PersistentVolumeSource:        v1.PersistentVolumeSource{Local: &v1.LocalVolumeSource{Path: folder}},
			NodeAffinity:                  &v1.VolumeNodeAffinity{Required: onlyOn(wish.SelectedNodeName)},
		},
	}
}

func onlyOn(node string) *v1.NodeSelector {
	name := v1.NodeSelectorRequirement{Key: v1.LabelHostname, Operator: v1.NodeSelectorOpIn, Values: []string{node}}
	return &v1.NodeSelector{NodeSelectorTerms: []v1.NodeSelectorTerm{{MatchExpressions: []v1.NodeSelectorRequirement{name}}}}
}
